using System.Runtime.InteropServices;

namespace Shoestring.Tensors.Tests;

public sealed class MatMulTests
{
    // Each number of rows that a kernel takes together, and some more.
    static readonly int[] Batches = [.. Enumerable.Range(1, 13), 17, 24, 26];

    public static TheoryData<TensorFormat, int, int> Cases()
    {
        TheoryData<TensorFormat, int, int> cases = [];
        foreach (TensorFormat format in Enum.GetValues<TensorFormat>())
        {
            int block = format.BlockElements();
            // Around the group of 16 rows, the tile of 256 channels and the row blocks of the kernels.
            (int Rows, int Columns)[] shapes = block == 1 ? [(1, 1), (7, 172), (16, 256), (33, 300)] : block == 32 ? [(1, 32), (17, 288), (48, 544)] : [(15, 256), (33, 768)];
            foreach ((int rows, int columns) in shapes)
            {
                cases.Add(format, rows, columns);
            }
        }
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_path_gives_the_bits_of_the_scalar_one_and_any_batch_the_same_rows(TensorFormat format, int rows, int columns)
    {
        const int most = 26;
        MemoryAccount account = new();
        using PackedMatrix weights = PackedMatrix.FromBytes(format, rows, columns, TestWeights.Bytes(format, rows, columns), account);
        float[] x = TestWeights.Normal(most * columns, 7);
        float[] expected = Multiply(SimdPath.Scalar, 1, weights, x, most, account);
        foreach (SimdPath path in Simd.Available)
        {
            foreach (int batch in Batches)
            {
                float[] actual = Multiply(path, batch % 2 + 1, weights, x, batch, account);
                MemoryMarshal.AsBytes(actual.AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(expected.AsSpan(0, batch * rows)))
                    .ShouldBeTrue($"{path}, batch {batch}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Products_agree_with_double_precision_over_the_same_quantized_activations(TensorFormat format, int rows, int columns)
    {
        MemoryAccount account = new();
        byte[] bytes = TestWeights.Bytes(format, rows, columns);
        using PackedMatrix weights = PackedMatrix.FromBytes(format, rows, columns, bytes, account);
        float[] x = TestWeights.Normal(columns, 9);
        float[] actual = Multiply(Simd.Chosen, 1, weights, x, 1, account);
        float[] w = new float[rows * columns];
        format.Decode(bytes, w);
        double[] seen = format.MultipliesFloats() ? [.. x.Select(v => (double)v)] : Quantized(x);
        double difference = 0, norm = 0;
        for (int r = 0; r < rows; r++)
        {
            double sum = 0, size = 0;
            for (int k = 0; k < columns; k++)
            {
                sum += w[r * columns + k] * seen[k];
                size += Math.Abs(w[r * columns + k] * seen[k]);
            }
            difference += Math.Pow(actual[r] - sum, 2);
            norm += size * size;
        }
        Math.Sqrt(difference).ShouldBeLessThan(2e-6 * Math.Sqrt(norm));
    }

    // More rows than share a decoded tile, and more tiles than fit the scratch memory for unpacked scales.
    [Theory]
    [InlineData(TensorFormat.Q4_0, 131, 17, 544)]
    [InlineData(TensorFormat.Q8_0, 131, 17, 544)]
    [InlineData(TensorFormat.Q4_K, 131, 17, 768)]
    [InlineData(TensorFormat.Q6_K, 131, 17, 768)]
    [InlineData(TensorFormat.Q5_K, 131, 17, 768)]
    [InlineData(TensorFormat.S24_8, 131, 17, 544)]
    [InlineData(TensorFormat.S24_4, 131, 17, 544)]
    [InlineData(TensorFormat.F16, 131, 33, 300)]
    [InlineData(TensorFormat.NF4, 131, 17, 768)]
    [InlineData(TensorFormat.Q4_K, 2, 3, 33024)]
    [InlineData(TensorFormat.Q6_K, 2, 3, 33024)]
    [InlineData(TensorFormat.Q4_0, 1, 3, 33024)]
    [InlineData(TensorFormat.S24_8, 1, 33, 33024)]
    [InlineData(TensorFormat.S24_4, 1, 33, 33024)]
    public void Large_products_have_the_bits_of_the_scalar_path(TensorFormat format, int batch, int rows, int columns)
    {
        MemoryAccount account = new();
        using PackedMatrix weights = PackedMatrix.FromBytes(format, rows, columns, TestWeights.Bytes(format, rows, columns), account);
        float[] x = TestWeights.Normal(batch * columns, 11), expected = Multiply(SimdPath.Scalar, 1, weights, x, batch, account);
        foreach (SimdPath path in Simd.Available)
        {
            MemoryMarshal.AsBytes(Multiply(path, 2, weights, x, batch, account).AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(expected.AsSpan()))
                .ShouldBeTrue($"{path}");
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Packing_is_a_bijection(TensorFormat format, int rows, int columns)
    {
        byte[] bytes = TestWeights.Bytes(format, rows, columns);
        using PackedMatrix weights = PackedMatrix.FromBytes(format, rows, columns, bytes, new MemoryAccount());
        int rowBytes = (int)format.RowBytes(columns);
        byte[] row = new byte[rowBytes];
        for (int r = 0; r < rows; r++)
        {
            weights.CopyRow(r, row);
            row.ShouldBe(bytes[(r * rowBytes)..((r + 1) * rowBytes)]);
        }
    }

    [Fact]
    public void Several_products_share_a_region_and_are_counted()
    {
        MemoryAccount account = new();
        using WorkerPool pool = new(2);
        using Operations operations = new(pool, account);
        using PackedMatrix a = PackedMatrix.FromBytes(TensorFormat.Q8_0, 40, 64, TestWeights.Bytes(TensorFormat.Q8_0, 40, 64), account);
        using PackedMatrix b = PackedMatrix.FromBytes(TensorFormat.F16, 24, 64, TestWeights.Bytes(TensorFormat.F16, 24, 64), account);
        using NativeBuffer memory = new(3 * (64 + 40 + 24) * 4, MemoryKind.Activations, account);
        Tensor x = new(memory, 0, 3, 64), ya = new(memory, 3 * 64 * 4, 3, 40), yb = new(memory, 3 * 104 * 4, 3, 24);
        TestWeights.Normal(3 * 64, 3).CopyTo(memory.Span<float>(0, 3 * 64));
        operations.Multiply(x, [new Product(a, ya), new Product(b, yb)]);
        float[] together = [.. ya.Row(2), .. yb.Row(2)];
        operations.Multiply(x, a, ya);
        operations.Multiply(x, b, yb);
        together.ShouldBe([.. ya.Row(2), .. yb.Row(2)]);
        operations.Counters.ProductFlops.ShouldBe(2 * 2L * 3 * 64 * (40 + 24));
        operations.Counters.ProductFlopsOf(TensorFormat.F16).ShouldBe(2 * 2L * 3 * 64 * 24);
        operations.Counters.WeightBytesRead.ShouldBe(2 * (40 * 68 + 24 * 128));
    }

    static double[] Quantized(float[] x)
    {
        double[] seen = new double[x.Length];
        for (int b = 0; b < x.Length; b += 32)
        {
            float largest = x.AsSpan(b, 32).ToArray().Max(MathF.Abs);
            float scale = largest / 127f, inverse = 127f / largest;
            for (int k = b; k < b + 32; k++)
            {
                seen[k] = (double)MathF.Round(x[k] * inverse) * scale;
            }
        }
        return seen;
    }

    static float[] Multiply(SimdPath path, int threads, PackedMatrix weights, float[] x, int rows, MemoryAccount account)
    {
        using WorkerPool pool = new(threads);
        using Operations operations = new(pool, account, path);
        operations.Path.ShouldBe(path);
        using NativeBuffer memory = new((long)rows * (weights.Columns + weights.Rows) * 4, MemoryKind.Activations, account);
        Tensor input = new(memory, 0, rows, weights.Columns), output = new(memory, (long)rows * weights.Columns * 4, rows, weights.Rows);
        x.AsSpan(0, rows * weights.Columns).CopyTo(memory.Span<float>(0, rows * weights.Columns));
        operations.Multiply(input, weights, output);
        return memory.Span<float>(output.Offset, rows * weights.Rows).ToArray();
    }
}
