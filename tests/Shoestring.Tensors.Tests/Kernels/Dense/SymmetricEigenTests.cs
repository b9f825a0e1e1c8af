namespace Shoestring.Tensors.Tests;

public sealed class SymmetricEigenTests : IDisposable
{
    readonly WorkerPool pool = new(2);
    readonly MemoryAccount account = new();

    public void Dispose() => pool.Dispose();

    [Theory]
    [InlineData(1, 4)]
    [InlineData(2, 4)]
    [InlineData(3, 9)]
    [InlineData(31, 70)]
    [InlineData(33, 70)]
    [InlineData(64, 20)]
    [InlineData(130, 300)]
    [InlineData(200, 7)]
    public void Vectors_are_orthonormal_and_the_matrix_only_stretches_them(int size, int rows)
    {
        double[,] matrix = Products(size, rows);
        using SymmetricEigen eigen = Solve(matrix, size, pool);
        double largest = eigen.Values[0];
        eigen.Values.Zip(eigen.Values.Skip(1)).ShouldAllBe(pair => pair.First >= pair.Second);
        for (int i = 0; i < size; i++)
        {
            double[] vector = eigen.Vector(i).ToArray();
            for (int j = 0; j <= i; j++)
            {
                Dot(vector, eigen.Vector(j)).ShouldBe(i == j ? 1 : 0, 1e-12 * size);
            }

            for (int row = 0; row < size; row++)
            {
                double product = Enumerable.Range(0, size).Sum(k => matrix[row, k] * vector[k]);
                product.ShouldBe(eigen.Values[i] * vector[row], 1e-13 * size * largest);
            }
        }
    }

    // More channels than rows: the rest of the eigenvalues are zero, all the same.
    [Fact]
    public void The_values_of_a_matrix_of_low_rank_end_in_zeros()
    {
        using SymmetricEigen eigen = Solve(Products(90, 12), 12, pool);
        eigen.Values.Skip(12).ShouldAllBe(value => Math.Abs(value) < 1e-12 * eigen.Values[0]);
        eigen.Values[11].ShouldBeGreaterThan(1e-4 * eigen.Values[0]);
    }

    [Fact]
    public void A_diagonal_is_its_own_answer_in_falling_order()
    {
        double[,] matrix = new double[5, 5];
        for (int i = 0; i < 5; i++)
        {
            matrix[i, i] = (i * 3 % 5) - 1;
        }

        using SymmetricEigen eigen = Solve(matrix, 2, pool);
        eigen.Values.ShouldBe([3, 2, 1, 0, -1]);
        Math.Abs(eigen.Vector(0)[3]).ShouldBe(1);
        Math.Abs(eigen.Vector(1)[1]).ShouldBe(1);
    }

    // 2 − 2·cos(πk / (n + 1)), k = n … 1 (the one-dimensional Laplacian).
    [Fact]
    public void Values_known_in_closed_form_are_found()
    {
        const int size = 100;
        double[,] matrix = new double[size, size];
        for (int i = 0; i < size; i++)
        {
            matrix[i, i] = 2;
            if (i > 0)
            {
                matrix[i, i - 1] = matrix[i - 1, i] = -1;
            }
        }

        using SymmetricEigen eigen = Solve(matrix, 0, pool);
        for (int i = 0; i < size; i++)
        {
            eigen.Values[i].ShouldBe(2 - (2 * Math.Cos(Math.PI * (size - i) / (size + 1))), 1e-13 * size);
        }
    }

    [Fact]
    public void Nothing_depends_on_the_number_of_threads()
    {
        using var one = new WorkerPool(1);
        using SymmetricEigen first = Solve(Products(150, 200), 40, one), second = Solve(Products(150, 200), 40, pool);
        first.Values.ShouldBe(second.Values);
        for (int i = 0; i < 40; i++)
        {
            first.Vector(i).SequenceEqual(second.Vector(i)).ShouldBeTrue();
        }
    }

    [Fact]
    public void Elements_that_are_not_finite_are_named()
    {
        double[,] matrix = Products(6, 9);
        matrix[4, 2] = matrix[2, 4] = double.NaN;
        Should.Throw<InvalidOperationException>(() => Solve(matrix, 1, pool)).Message.ShouldContain("finite");
    }

    SymmetricEigen Solve(double[,] matrix, int count, WorkerPool threads)
    {
        int size = matrix.GetLength(0);
        using var symmetric = new SymmetricMatrix(size, account);
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                symmetric.Row(i)[j] = matrix[i, j];
            }
        }

        return SymmetricEigen.Of(symmetric, count, threads, account);
    }

    // XᵀX of rows whose channels differ in scale.
    static double[,] Products(int size, int rows)
    {
        var random = new Random(size);
        double[][] x = [.. Enumerable.Range(0, rows).Select(_ => Enumerable.Range(0, size).Select(c => (random.NextDouble() - 0.3) * (1 + (c % 7))).ToArray())];
        double[,] products = new double[size, size];
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j < size; j++)
            {
                products[i, j] = x.Sum(row => row[i] * row[j]);
            }
        }

        return products;
    }

    static double Dot(double[] a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }
}
