namespace Shoestring.Tensors.Tests;

public sealed class SymmetricMatrixTests : IDisposable
{
    readonly WorkerPool pool = new(2);
    readonly MemoryAccount account = new();

    public void Dispose() => pool.Dispose();

    public static TheoryData<int> Sizes => [1, 3, 8, 63, 64, 65, 130, 200];

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Products_equal_plain_loops(int size)
    {
        using var buffer = Inputs(size, out Tensor x);
        using SymmetricMatrix matrix = Products(x, pool);
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double sum = Enumerable.Range(0, x.Rows).Sum(r => (double)x.Row(r)[i] * x.Row(r)[j]);
                matrix[i, j].ShouldBe(sum, 1e-9 * x.Rows);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void The_factor_times_itself_is_the_matrix(int size)
    {
        using var buffer = Inputs(size, out Tensor x);
        using SymmetricMatrix matrix = Products(x, pool), factor = Products(x, pool);
        matrix.AddToDiagonal(0.1);
        factor.AddToDiagonal(0.1);
        factor.Factor(pool).ShouldBeTrue();
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                Enumerable.Range(0, j + 1).Sum(k => factor.Row(i)[k] * factor.Row(j)[k]).ShouldBe(matrix[i, j], 1e-9 * size);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void The_inverse_factor_gives_the_inverse(int size)
    {
        using var buffer = Inputs(size, out Tensor x);
        using SymmetricMatrix matrix = Products(x, pool), factor = Products(x, pool);
        matrix.AddToDiagonal(1);
        factor.AddToDiagonal(1);
        factor.InverseFactor(pool).ShouldBeTrue();
        double[,] inverse = new double[size, size];
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j < size; j++)
            {
                inverse[i, j] = Enumerable.Range(0, Math.Min(i, j) + 1).Sum(k => factor.Row(k)[i] * factor.Row(k)[j]);
            }
        }

        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j < size; j++)
            {
                Enumerable.Range(0, size).Sum(k => matrix[i, k] * inverse[k, j]).ShouldBe(i == j ? 1 : 0, 1e-8 * size);
            }
        }
    }

    [Fact]
    public void Results_do_not_depend_on_the_number_of_threads()
    {
        using var one = new WorkerPool(1);
        using var buffer = Inputs(200, out Tensor x);
        using SymmetricMatrix left = Products(x, one), right = Products(x, pool);
        left.AddToDiagonal(1);
        right.AddToDiagonal(1);
        left.InverseFactor(one).ShouldBeTrue();
        right.InverseFactor(pool).ShouldBeTrue();
        for (int i = 0; i < 200; i++)
        {
            left.Row(i)[i..].SequenceEqual(right.Row(i)[i..]).ShouldBeTrue();
        }
    }

    [Fact]
    public void A_matrix_that_is_not_definite_is_refused()
    {
        using var matrix = new SymmetricMatrix(70, account);
        matrix.AddToDiagonal(1);
        matrix.Row(69)[69] = -1;
        matrix.Factor(pool).ShouldBeFalse();
        using var infinite = new SymmetricMatrix(3, account);
        infinite.AddToDiagonal(double.NaN);
        infinite.InverseFactor(pool).ShouldBeFalse();
    }

    [Fact]
    public void Another_order_moves_rows_and_columns_alike()
    {
        using var buffer = Inputs(5, out Tensor x);
        using SymmetricMatrix matrix = Products(x, pool);
        int[] order = [3, 0, 4, 1, 2];
        using SymmetricMatrix moved = matrix.Reordered(order);
        for (int i = 0; i < 5; i++)
        {
            for (int j = 0; j < 5; j++)
            {
                moved[i, j].ShouldBe(matrix[order[i], order[j]]);
            }
        }
    }

    NativeBuffer Inputs(int channels, out Tensor x)
    {
        int rows = channels + 7;
        var buffer = new NativeBuffer((long)rows * channels * sizeof(float), MemoryKind.Activations, account);
        x = new Tensor(buffer, 0, rows, channels);
        var random = new Random(channels);
        for (int r = 0; r < rows; r++)
        {
            foreach (ref float value in x.Row(r))
            {
                value = (random.NextSingle() - 0.5f) * 2;
            }
        }

        return buffer;
    }

    SymmetricMatrix Products(Tensor x, WorkerPool threads)
    {
        var matrix = new SymmetricMatrix(x.Columns, account);
        matrix.AddProducts(x, threads);
        return matrix;
    }
}
