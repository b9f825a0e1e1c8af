namespace Shoestring.Tensors.Tests;

public sealed class ColumnSweepTests : IDisposable
{
    readonly WorkerPool pool = new(2);
    readonly MemoryAccount account = new();

    public void Dispose() => pool.Dispose();

    // Around the width of a tile, and rows beyond one chunk.
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(3, 64, 32)]
    [InlineData(70, 65, 13)]
    [InlineData(130, 200, 50)]
    [InlineData(5, 256, 256)]
    public void A_sweep_equals_the_plain_algorithm(int rows, int columns, int group)
    {
        (float[] weights, SymmetricMatrix factor) = Case(rows, columns);
        using SymmetricMatrix u = factor;
        double[] expected = Plain(weights, columns, u, group, out List<(int, int)> asked);
        var seen = new System.Collections.Concurrent.ConcurrentBag<(int, int)>();
        float[] swept = [.. weights];
        ColumnSweep.Run(swept, columns, u, () => new Halves(group, seen), pool);
        for (int i = 0; i < swept.Length; i++)
        {
            ((double)swept[i]).ShouldBe(expected[i], 1e-6);
        }

        seen.Order().ShouldBe(asked.Order());
    }

    [Fact]
    public void Shapes_that_do_not_agree_are_refused()
    {
        using var matrix = new SymmetricMatrix(4, account);
        Should.Throw<ArgumentException>(() => ColumnSweep.Run(new float[12], 3, matrix, () => new Halves(1, []), pool));
    }

    static double[] Plain(float[] weights, int columns, SymmetricMatrix u, int group, out List<(int, int)> groups)
    {
        groups = [];
        double[] w = [.. weights.Select(value => (double)value)];
        for (int row = 0; row < w.Length / columns; row++)
        {
            for (int i = 0; i < columns; i++)
            {
                if (i % group == 0)
                {
                    groups.Add((row, i));
                }

                double chosen = Halves.Round(w[row * columns + i]), error = (w[row * columns + i] - chosen) / u.Row(i)[i];
                w[row * columns + i] = chosen;
                for (int j = i + 1; j < columns; j++)
                {
                    w[row * columns + j] -= error * u.Row(i)[j];
                }
            }
        }

        return w;
    }

    (float[] Weights, SymmetricMatrix Factor) Case(int rows, int columns)
    {
        var random = new Random(rows);
        using var buffer = new NativeBuffer((long)columns * 2 * columns * sizeof(float), MemoryKind.Activations, account);
        var x = new Tensor(buffer, 0, 2 * columns, columns);
        for (int r = 0; r < x.Rows; r++)
        {
            float shared = random.NextSingle();
            foreach (ref float value in x.Row(r))
            {
                value = shared + random.NextSingle() - 0.7f;
            }
        }

        var factor = new SymmetricMatrix(columns, account);
        factor.AddProducts(x, pool);
        factor.AddToDiagonal(0.01 * factor.MeanOfDiagonal());
        factor.InverseFactor(pool).ShouldBeTrue();
        return ([.. Enumerable.Range(0, rows * columns).Select(_ => 4 * (random.NextSingle() - 0.5f))], factor);
    }

    /// <summary>Rounds to halves, away from ties that rounding errors could turn.</summary>
    sealed class Halves(int group, System.Collections.Concurrent.ConcurrentBag<(int, int)> seen) : RowChooser
    {
        int row;

        public override int GroupColumns => group;

        public static double Round(double value) => Math.Round(2 * value) / 2;

        public override void BeginRow(int row) => this.row = row;

        public override void BeginGroup(int column, ReadOnlySpan<double> values, ReadOnlySpan<double> diagonal)
        {
            seen.Add((row, column));
            diagonal.Length.ShouldBe(values.Length);
        }

        public override double Choose(int column, double value) => Round(value);

        public override void EndRow(int row) => row.ShouldBe(this.row);
    }
}
