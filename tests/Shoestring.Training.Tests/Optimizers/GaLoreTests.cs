namespace Shoestring.Training.Tests;

public class GaLoreTests
{
    public static TheoryData<int, int> Shapes => new() { { 20, 33 }, { 33, 20 } };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Steps_are_Adams_in_the_subspace(int rows, int columns)
    {
        const int rank = 6;
        const double rate = 0.01;
        var parameter = new OptimizedParameter("blk.0.x.weight", rows, columns, true);
        using var bench = new Bench(2, new GaLoreOptions { Rank = rank, Interval = 100 }, parameter);
        int side = Math.Min(rows, columns), length = Math.Max(rows, columns);
        double[,] expected = Bench.Dense(parameter, bench.Copy(0)), first = new double[length, rank], second = new double[length, rank];
        for (int step = 1; step <= 5; step++)
        {
            bench.NextGradient(step);
            bench.Update(rate);
            double[,] gradient = Bench.Dense(parameter, bench.Gradient(0).Span(0, (int)parameter.Count));
            float[] projector = bench.Optimizer.State(0)!.Buffer(2).Span<float>(0, side * rank).ToArray();
            double At(int s, int l) => rows <= columns ? gradient[s, l] : gradient[l, s];
            for (int l = 0; l < length; l++)
            {
                double[] low = [.. Enumerable.Range(0, rank).Select(k => Enumerable.Range(0, side).Sum(s => At(s, l) * projector[(s * rank) + k]))];
                for (int k = 0; k < rank; k++)
                {
                    first[l, k] = (0.9 * first[l, k]) + (0.1 * low[k]);
                    second[l, k] = (0.999 * second[l, k]) + (0.001 * low[k] * low[k]);
                    double direction = first[l, k] / (1 - Math.Pow(0.9, step)) / (Math.Sqrt(second[l, k] / (1 - Math.Pow(0.999, step))) + 1e-8);
                    for (int s = 0; s < side; s++)
                    {
                        expected[rows <= columns ? s : l, rows <= columns ? l : s] -= rate * 0.25 * direction * projector[(s * rank) + k];
                    }
                }
            }
        }

        double[,] actual = Bench.Dense(parameter, bench.Copy(0));
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                actual[i, j].ShouldBe(expected[i, j], 1e-5);
            }
        }
    }

    [Fact]
    public void The_subspace_is_that_of_the_largest_singular_values()
    {
        const int rank = 4;
        var parameter = new OptimizedParameter("blk.0.x.weight", 20, 24, true);
        using var bench = new Bench(1, new GaLoreOptions { Rank = rank }, parameter);
        bench.Gradient(0).Span(0, (int)parameter.Count).Clear();
        // Singular vectors are coordinates: rows 3, 8, 13, 18 have the largest values.
        for (int row = 0; row < 20; row++)
        {
            bench.Gradient(0).Span(parameter.Place(row, row), 1)[0] = row % 5 == 3 ? 10 + row : 1 + (row * 0.01f);
        }

        bench.Update(0.01);
        ReadOnlySpan<float> projector = bench.Optimizer.State(0)!.Buffer(2).Span<float>(0, 20 * rank);
        for (int row = 0; row < 20; row++)
        {
            double length = projector.Slice(row * rank, rank).ToArray().Sum(value => value * value);
            length.ShouldBe(row % 5 == 3 ? 1 : 0, 1e-5);
        }
    }
}
