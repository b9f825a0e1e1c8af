using Shoestring.Tensors;

namespace Shoestring.Techniques.Tests;

/// <summary>What factors lose is what theory says: the tail of the singular values.</summary>
public sealed class LowRankFactorsTests : IDisposable
{
    const int Seen = 300;

    readonly WorkerPool pool = new(2);
    readonly MemoryAccount account = new();

    public void Dispose() => pool.Dispose();

    [Theory]
    [InlineData(48, 96, 20)]
    [InlineData(96, 48, 20)]
    [InlineData(96, 48, 47)]
    [InlineData(70, 70, 1)]
    [InlineData(33, 150, 32)]
    public void Without_inputs_the_tail_of_the_singular_values_is_lost(int rows, int columns, int rank)
    {
        (float[] weights, _) = Layer(rows, columns);
        double lost = Square(Difference(weights, columns, Split(weights, columns, rank, null)));
        lost.ShouldBe(Tail(weights, columns, null, rank), 1e-4 * lost);
    }

    [Theory]
    [InlineData(48, 96, 20)]
    [InlineData(96, 48, 20)]
    [InlineData(150, 48, 40)]
    [InlineData(70, 70, 8)]
    public void With_inputs_the_tail_of_what_they_make_of_it_is_lost_and_no_factors_lose_less(int rows, int columns, int rank)
    {
        (float[] weights, double[,] products) = Layer(rows, columns);
        double aware = Lost(Difference(weights, columns, Split(weights, columns, rank, products)), products);
        double plain = Lost(Difference(weights, columns, Split(weights, columns, rank, null)), products);
        aware.ShouldBe(Tail(weights, columns, products, rank), 1e-4 * aware);
        aware.ShouldBeLessThan(0.8 * plain);
    }

    [Theory]
    [InlineData(48, 96, true)]
    [InlineData(96, 48, true)]
    [InlineData(96, 48, false)]
    public void At_full_rank_the_product_is_the_matrix(int rows, int columns, bool aware)
    {
        (float[] weights, double[,] products) = Layer(rows, columns);
        double[,] difference = Difference(weights, columns, Split(weights, columns, Math.Min(rows, columns), aware ? products : null));
        Square(difference).ShouldBeLessThan(1e-10 * weights.Sum(value => (double)value * value));
    }

    // A text of fewer rows than channels, one of which is never used: nothing is known of some directions.
    [Theory]
    [InlineData(40, 64)]
    [InlineData(64, 40)]
    public void Inputs_that_say_little_still_give_factors(int rows, int columns)
    {
        (float[] weights, double[,] products) = Layer(rows, columns, seen: 10, dead: 3);
        (float[] left, float[] right) = Split(weights, columns, 12, products);
        left.Concat(right).ShouldAllBe(value => float.IsFinite(value));
        Lost(Difference(weights, columns, (left, right)), products).ShouldBeLessThan(1e-6 * Lost(Difference(weights, columns, (new float[left.Length], right)), products));
    }

    [Theory]
    [InlineData(96, 48, 20)]
    [InlineData(40, 64, 20)]
    public void A_matrix_of_zeros_stays_one(int rows, int columns, int rank)
    {
        (float[] left, float[] right) = Split(new float[rows * columns], columns, rank, null);
        (left.Length, right.Length).ShouldBe((rows * rank, rank * columns));
        Square(Difference(new float[rows * columns], columns, (left, right))).ShouldBe(0);
    }

    [Fact]
    public void Inputs_that_are_not_finite_are_refused()
    {
        (float[] weights, double[,] products) = Layer(8, 8);
        products[3, 3] = double.NaN;
        Should.Throw<InputException>(() => Split(weights, 8, 4, products)).Where.ShouldBe("--calibration");
    }

    (float[] Out, float[] In) Split(float[] weights, int columns, int rank, double[,]? products)
    {
        using var factors = new LowRankFactors(pool, account);
        using SymmetricMatrix? seen = products is null ? null : Symmetric(products);
        using PackedMatrix? root = seen is null ? null : factors.Root(seen);
        return factors.Of(new BlockMatrix("ffn_up.weight", weights.Length / columns, columns, weights) { Format = TensorFormat.F32 }, rank, root);
    }

    SymmetricMatrix Symmetric(double[,] values)
    {
        var matrix = new SymmetricMatrix(values.GetLength(0), account);
        for (int i = 0; i < matrix.Size; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                matrix.Row(i)[j] = values[i, j];
            }
        }

        return matrix;
    }

    // Σ of the eigenvalues of W·H·Wᵀ past the rank, H = 1 without inputs.
    double Tail(float[] weights, int columns, double[,]? products, int rank)
    {
        int rows = weights.Length / columns;
        double[,] gram = new double[rows, rows];
        for (int i = 0; i < rows; i++)
        {
            double[] row = [.. Enumerable.Range(0, columns).Select(c => products is null ? weights[(i * columns) + c] : Enumerable.Range(0, columns).Sum(k => weights[(i * columns) + k] * products[k, c]))];
            for (int j = 0; j < rows; j++)
            {
                gram[i, j] = Enumerable.Range(0, columns).Sum(c => row[c] * weights[(j * columns) + c]);
            }
        }

        using SymmetricMatrix symmetric = Symmetric(gram);
        using SymmetricEigen eigen = SymmetricEigen.Of(symmetric, 0, pool, account);
        return eigen.Values.Skip(rank).Sum(value => Math.Max(0, value));
    }

    static double[,] Difference(float[] weights, int columns, (float[] Out, float[] In) factors)
    {
        int rows = weights.Length / columns, rank = factors.In.Length / columns;
        double[,] difference = new double[rows, columns];
        for (int i = 0; i < rows; i++)
        {
            for (int c = 0; c < columns; c++)
            {
                difference[i, c] = weights[(i * columns) + c] - Enumerable.Range(0, rank).Sum(k => (double)factors.Out[(i * rank) + k] * factors.In[(k * columns) + c]);
            }
        }

        return difference;
    }

    static double Square(double[,] values) => values.Cast<double>().Sum(value => value * value);

    // ‖X·Dᵀ‖² = Σ D·XᵀX·Dᵀ.
    static double Lost(double[,] difference, double[,] products)
    {
        int rows = difference.GetLength(0), columns = difference.GetLength(1);
        double lost = 0;
        for (int i = 0; i < rows; i++)
        {
            for (int a = 0; a < columns; a++)
            {
                for (int b = 0; b < columns; b++)
                {
                    lost += difference[i, a] * products[a, b] * difference[i, b];
                }
            }
        }

        return lost;
    }

    // Channels that go together and differ in scale, as a real layer's do.
    static (float[] Weights, double[,] Products) Layer(int rows, int columns, int seen = Seen, int dead = -1)
    {
        var random = new Random(rows + columns);
        float[] weights = [.. Enumerable.Range(0, rows * columns).Select(_ => random.NextSingle() - 0.5f)];
        double[,] products = new double[columns, columns];
        for (int r = 0; r < seen; r++)
        {
            double shared = random.NextDouble() - 0.5;
            double[] row = [.. Enumerable.Range(0, columns).Select(c => c == dead ? 0 : (c % 24 == 5 ? 8 : 1) * (random.NextDouble() - 0.5 + (c % 3 == 0 ? 2 * shared : 0)))];
            for (int a = 0; a < columns; a++)
            {
                for (int b = 0; b < columns; b++)
                {
                    products[a, b] += row[a] * row[b];
                }
            }
        }

        return (weights, products);
    }
}
