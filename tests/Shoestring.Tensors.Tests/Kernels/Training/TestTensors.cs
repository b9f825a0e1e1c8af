namespace Shoestring.Tensors.Tests;

/// <summary>Tensors of random numbers, a pool and operations, all disposed of together.</summary>
sealed class TestTensors : IDisposable
{
    readonly List<NativeBuffer> buffers = [];
    readonly WorkerPool pool;

    public TestTensors(int threads = 2, SimdPath? path = null)
    {
        pool = new WorkerPool(threads);
        Operations = new Operations(pool, Account, path);
    }

    public MemoryAccount Account { get; } = new();

    public Operations Operations { get; }

    /// <summary>Each path with one thread and with two, the plain loops on one thread first.</summary>
    public static IEnumerable<TestTensors> Everywhere()
    {
        foreach (SimdPath path in Simd.Available.Reverse())
        {
            yield return new TestTensors(1, path);
            yield return new TestTensors(2, path);
        }
    }

    /// <summary>Asserts that all paths and thread counts give the same bits, and returns them.</summary>
    public static float[] SameEverywhere(Func<TestTensors, IEnumerable<float>> compute)
    {
        float[]? expected = null;
        foreach (TestTensors tensors in Everywhere())
        {
            using (tensors)
            {
                float[] actual = [.. compute(tensors)];
                expected ??= actual;
                System.Runtime.InteropServices.MemoryMarshal.AsBytes(actual.AsSpan())
                    .SequenceEqual(System.Runtime.InteropServices.MemoryMarshal.AsBytes(expected.AsSpan())).ShouldBeTrue($"{tensors.Operations.Path}");
            }
        }
        return expected!;
    }

    public Tensor Empty(int rows, int columns, int stride = 0)
    {
        stride = Math.Max(stride, columns);
        buffers.Add(new NativeBuffer((long)rows * stride * 4, MemoryKind.Activations, Account));
        return new Tensor(buffers[^1], 0, rows, columns, stride);
    }

    public Tensor Of(float[] values, int rows, int stride = 0)
    {
        Tensor tensor = Empty(rows, values.Length / rows, stride);
        for (int row = 0; row < rows; row++)
        {
            values.AsSpan(row * tensor.Columns, tensor.Columns).CopyTo(tensor.Row(row));
        }
        return tensor;
    }

    public Tensor Normal(int rows, int columns, ulong seed, int stride = 0) => Of(TestWeights.Normal(rows * columns, seed), rows, stride);

    /// <summary>All elements, row by row.</summary>
    public static float[] Values(Tensor tensor) => [.. Enumerable.Range(0, tensor.Rows).SelectMany(row => tensor.Row(row).ToArray())];

    /// <summary>All elements of a matrix of F32, row by row.</summary>
    public static float[] Values(PackedMatrix matrix)
    {
        float[] values = new float[matrix.Rows * matrix.Columns];
        for (int row = 0; row < matrix.Rows; row++)
        {
            matrix.GetRow(row, values.AsSpan(row * matrix.Columns, matrix.Columns));
        }
        return values;
    }

    /// <summary>A matrix of F32 with the given values, row by row.</summary>
    public PackedMatrix Matrix(float[] values, int rows)
    {
        PackedMatrix matrix = PackedMatrix.Zeros(rows, values.Length / rows, MemoryKind.Gradients, Account);
        for (int row = 0; row < rows; row++)
        {
            matrix.SetRow(row, values.AsSpan(row * matrix.Columns, matrix.Columns));
        }
        return matrix;
    }

    /// <summary>The derivative of a function of a vector by central differences in double.</summary>
    public static double[] Slope(double[] at, Func<double[], double> function)
    {
        const double step = 1e-5;
        double[] slope = new double[at.Length];
        for (int i = 0; i < at.Length; i++)
        {
            double[] moved = [.. at];
            moved[i] = at[i] + step;
            double above = function(moved);
            moved[i] = at[i] - step;
            slope[i] = (above - function(moved)) / (2 * step);
        }
        return slope;
    }

    /// <summary>
    /// Asserts that the difference is at most a share of the largest expected element, or of a twentieth where all are next to
    /// zero: what cancels exactly leaves the roundings of numbers of size 1.
    /// </summary>
    public static void ShouldBeNear(IReadOnlyList<float> actual, IReadOnlyList<double> expected, double share, string what = "")
    {
        actual.Count.ShouldBe(expected.Count);
        double bound = share * Math.Max(0.05, expected.Max(Math.Abs));
        for (int i = 0; i < expected.Count; i++)
        {
            ((double)actual[i]).ShouldBe(expected[i], bound, $"{what} element {i}");
        }
    }

    public static double[] Doubles(IEnumerable<float> values) => [.. values.Select(v => (double)v)];

    public void Dispose()
    {
        buffers.ForEach(b => b.Dispose());
        Operations.Dispose();
        pool.Dispose();
    }
}
