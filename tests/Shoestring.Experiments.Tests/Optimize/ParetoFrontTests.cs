using CsCheck;

namespace Shoestring.Experiments.Tests;

public class ParetoFrontTests
{
    static readonly ParetoAxis<(double? Cost, double? Gain)>[] axes = [new(point => point.Cost, true), new(point => point.Gain, false)];

    [Fact]
    public void Takes_those_that_none_beats() =>
        ParetoFront.Of([(1, 1), (2, 5), (3, 4), (4, 9), (4, 8)], axes).ShouldBe([true, true, false, true, false]);

    [Fact]
    public void Equal_points_are_on_it_together() => ParetoFront.Of([(1, 1), (1, 1), (1, 0)], axes).ShouldBe([true, true, false]);

    [Fact]
    public void A_point_without_a_value_is_not_on_it_and_beats_none() =>
        ParetoFront.Of([(null, 9), (1, double.NaN), (1, double.PositiveInfinity), (2, 1)], axes).ShouldBe([false, false, false, true]);

    [Fact]
    public void Nothing_gives_nothing()
    {
        ParetoFront.Of([], axes).ShouldBeEmpty();
        ParetoFront.Of<(double?, double?)>([(1, 1)]).ShouldBe([false]);
    }

    [Fact]
    public void No_point_of_it_beats_another_and_every_other_is_beaten() =>
        Gen.Select(Gen.Int[0, 6], Gen.Int[0, 6], Gen.Int[0, 6]).List[1, 20].Sample(points =>
        {
            bool[] front = ParetoFront.Of(points, new(p => p.Item1, true), new(p => p.Item2, false), new(p => p.Item3, true));
            bool Beats((int, int, int) p, (int, int, int) q) => p != q && p.Item1 <= q.Item1 && p.Item2 >= q.Item2 && p.Item3 <= q.Item3;
            return points.Select((point, i) => front[i] != points.Exists(other => Beats(other, point))).All(right => right);
        });
}
