using Shoestring.Tensors;

namespace Shoestring.Training.Tests;

/// <summary>Optimizers against plain loops in double precision, written from the papers' algorithms.</summary>
public class ReferenceTests
{
    const int Steps = 20;
    const double Rate = 0.01, Decay = 0.1, Factor = 0.5;

    delegate double Reference(double weight, double gradient, int step, double decay, double[] kept);

    public static TheoryData<string> Names => ["sgd", "momentum", "adamw", "lion"];

    [Theory]
    [MemberData(nameof(Names))]
    public void Twenty_steps_are_the_papers(string name)
    {
        (OptimizerOptions options, Reference reference) = Case(name);
        using var bench = new Bench(2, options, Bench.Matrix, Bench.Vector);
        double[][] expected = [.. bench.Parameters.Select((one, i) => bench.Copy(i).Select(value => (double)value).ToArray())];
        double[][][] kept = [.. expected.Select(values => values.Select(_ => new double[2]).ToArray())];
        for (int step = 1; step <= Steps; step++)
        {
            bench.NextGradient(step);
            bench.Update(Rate, Factor);
            for (int p = 0; p < expected.Length; p++)
            {
                double decay = bench.Parameters[p].IsMatrix ? Decay : 0;
                for (int i = 0; i < expected[p].Length; i++)
                {
                    expected[p][i] = reference(expected[p][i], bench.Gradient(p).Span(i, 1)[0] * Factor, step, decay, kept[p][i]);
                }
            }
        }

        for (int p = 0; p < expected.Length; p++)
        {
            float[] actual = bench.Copy(p);
            for (int i = 0; i < actual.Length; i++)
            {
                ((double)actual[i]).ShouldBe(expected[p][i], 3e-6, $"{name}, {bench.Parameters[p]}, {i}");
            }
        }
    }

    static (OptimizerOptions, Reference) Case(string name) => name switch
    {
        "sgd" => (new SgdOptions { WeightDecay = Decay }, (w, g, _, decay, _) => ((1 - (Rate * decay)) * w) - (Rate * g)),
        "momentum" => (new SgdOptions { WeightDecay = Decay, Momentum = 0.9 }, (w, g, _, decay, kept) =>
        {
            kept[0] = (0.9 * kept[0]) + g;
            return ((1 - (Rate * decay)) * w) - (Rate * kept[0]);
        }
        ),
        "adamw" => (new AdamWOptions { WeightDecay = Decay, Beta2 = 0.99 }, (w, g, step, decay, kept) =>
        {
            kept[0] = (0.9 * kept[0]) + (0.1 * g);
            kept[1] = (0.99 * kept[1]) + (0.01 * g * g);
            double first = kept[0] / (1 - Math.Pow(0.9, step)), second = kept[1] / (1 - Math.Pow(0.99, step));
            return w - (Rate * ((first / (Math.Sqrt(second) + 1e-8)) + (decay * w)));
        }
        ),
        _ => (new LionOptions { WeightDecay = Decay }, (w, g, _, decay, kept) =>
        {
            double direction = Math.Sign((0.9 * kept[0]) + (0.1 * g));
            kept[0] = (0.99 * kept[0]) + (0.01 * g);
            return w - (Rate * (direction + (decay * w)));
        }
        ),
    };

    [Fact]
    public void Adafactor_is_the_papers_on_a_matrix()
    {
        var options = new AdafactorOptions { WeightDecay = Decay };
        using var bench = new Bench(2, options, Bench.Matrix);
        int rows = Bench.Matrix.Rows, columns = Bench.Matrix.Columns;
        double[,] expected = Bench.Dense(Bench.Matrix, bench.Copy(0));
        double[] byRow = new double[rows], byColumn = new double[columns];
        for (int step = 1; step <= Steps; step++)
        {
            bench.NextGradient(step);
            double[,] gradient = Bench.Dense(Bench.Matrix, bench.Gradient(0).Span(0, (int)Bench.Matrix.Count));
            AdafactorStep(expected, gradient, byRow, byColumn, step);
            bench.Update(Rate);
        }

        double[,] actual = Bench.Dense(Bench.Matrix, bench.Copy(0));
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                actual[row, column].ShouldBe(expected[row, column], 3e-6, $"[{row}, {column}]");
            }
        }
    }

    // Algorithm 4 with sums for means, which cancel; sizes by algorithm 5.
    static void AdafactorStep(double[,] weights, double[,] gradient, double[] byRow, double[] byColumn, int step)
    {
        int rows = byRow.Length, columns = byColumn.Length;
        double beta = 1 - Math.Pow(step, -0.8);
        for (int i = 0; i < rows; i++)
        {
            byRow[i] = (beta * byRow[i]) + ((1 - beta) * Enumerable.Range(0, columns).Sum(j => (gradient[i, j] * gradient[i, j]) + 1e-30));
        }

        for (int j = 0; j < columns; j++)
        {
            byColumn[j] = (beta * byColumn[j]) + ((1 - beta) * Enumerable.Range(0, rows).Sum(i => (gradient[i, j] * gradient[i, j]) + 1e-30));
        }

        double total = byRow.Sum(), size = 0, weight = 0;
        double[,] update = new double[rows, columns];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                update[i, j] = gradient[i, j] / Math.Sqrt(byRow[i] * byColumn[j] / total);
                size += update[i, j] * update[i, j] / (rows * columns);
                weight += weights[i, j] * weights[i, j] / (rows * columns);
            }
        }

        double rate = Rate * Math.Max(1e-3, Math.Sqrt(weight)) / Math.Max(1, Math.Sqrt(size));
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                weights[i, j] = (weights[i, j] * (1 - (Rate * Decay))) - (rate * update[i, j]);
            }
        }
    }

    [Fact]
    public void AdamW_finds_the_least_of_a_quadratic()
    {
        using var bench = new Bench(1, new AdamWOptions { WeightDecay = 0 }, Bench.Vector);
        for (int step = 0; step < 2000; step++)
        {
            Span<float> weights = bench.Weights(0).Span(0, Bench.Vector.Columns), gradient = bench.Gradient(0).Span(0, Bench.Vector.Columns);
            for (int i = 0; i < weights.Length; i++)
            {
                gradient[i] = (i + 1) * (weights[i] - i);
            }

            bench.Update(0.1 * (1 - (step / 2000.0)));
        }

        float[] found = bench.Copy(0);
        for (int i = 0; i < found.Length; i++)
        {
            found[i].ShouldBe(i, 1e-3f);
        }
    }
}
