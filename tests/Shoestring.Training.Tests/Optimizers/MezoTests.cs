using Shoestring.Tensors;

namespace Shoestring.Training.Tests;

public class MezoTests
{
    static readonly OptimizedParameter matrix = new("blk.0.x.weight", 21, 37, true);

    [Fact]
    public void Weights_come_back_to_two_units_in_the_last_place()
    {
        using var bench = new Bench(2, new SgdOptions(), matrix, Bench.Vector);
        var mezo = new Mezo(bench.Parameters, bench.Weights, new MezoOptions(), 4, bench.Pool);
        float[] before = bench.Copy(0);
        mezo.Step(17, 0, () => 1);
        float[] after = bench.Copy(0);
        float[] moved = Moved(bench, mezo, 17);
        for (int i = 0; i < before.Length; i++)
        {
            float largest = Math.Max(Math.Abs(before[i]), Math.Abs(before[i]) + Math.Abs(moved[i] - before[i]));
            Math.Abs(after[i] - before[i]).ShouldBeLessThanOrEqualTo(2 * (MathF.BitIncrement(largest) - largest));
        }
    }

    static float[] Moved(Bench bench, Mezo mezo, long step)
    {
        mezo.Move(step, 1e-3);
        float[] moved = bench.Copy(0);
        mezo.Move(step, -1e-3);
        return moved;
    }

    [Fact]
    public void Padding_stays_zero_and_threads_make_no_difference()
    {
        float[][] results = [.. new[] { 1, 3 }.Select(threads =>
        {
            using var bench = new Bench(threads, new SgdOptions(), matrix);
            new Mezo(bench.Parameters, bench.Weights, new MezoOptions(), 4, bench.Pool).Move(5, 0.5);
            return bench.Copy(0);
        })];
        results[1].ShouldBe(results[0]);
        for (int row = 21; row < 32; row++)
        {
            for (int column = 0; column < 37; column++)
            {
                results[0][matrix.Place(row, column)].ShouldBe(0);
            }
        }
    }

    [Fact]
    public void The_slope_is_that_of_the_loss_along_the_direction()
    {
        using var bench = new Bench(2, new SgdOptions(), Bench.Vector);
        var mezo = new Mezo(bench.Parameters, bench.Weights, new MezoOptions(), 4, bench.Pool);
        float[] before = bench.Copy(0);
        mezo.Move(3, 1);
        double[] direction = [.. bench.Copy(0).Zip(before, (after, first) => (double)after - first)];
        mezo.Move(3, -1);
        double expected = before.Zip(direction, (weight, z) => 2.0 * weight * z).Sum();
        MezoResult result = mezo.Step(3, 0, () => bench.Copy(0).Sum(weight => (double)weight * weight));
        // A quadratic has no error of the third order; weights of 32 bits leave about 1e-7/ε.
        result.ProjectedGradient.ShouldBe(expected, 1e-2);
    }

    [Fact]
    public void Draws_are_normal()
    {
        float[] draws = new float[100_000];
        CounterNormal.Fill(draws, 9, 1, 0);
        draws.Average().ShouldBe(0, 0.015);
        draws.Average(draw => (double)draw * draw).ShouldBe(1, 0.02);
        draws.Average(draw => Math.Pow(draw, 4)).ShouldBe(3, 0.15);
        float[] part = new float[10];
        CounterNormal.Fill(part, 9, 1, 50);
        part.ShouldBe(draws[50..60]);
    }

    [Fact]
    public void It_keeps_nothing()
    {
        using var bench = new Bench(1, new SgdOptions(), matrix);
        long before = bench.Account.PeakTotal;
        new Mezo(bench.Parameters, bench.Weights, new MezoOptions(), 4, bench.Pool).Step(0, 1e-3, () => 1);
        bench.Account.PeakTotal.ShouldBe(before);
    }
}
