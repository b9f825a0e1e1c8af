namespace Shoestring.Tensors.Tests;

/// <summary>Norms, rotary embedding and activations against their formulas in doubles.</summary>
public sealed class RowOperationsTests : IDisposable
{
    readonly MemoryAccount account = new();
    readonly WorkerPool pool = new(2);
    readonly Operations operations;
    readonly List<NativeBuffer> buffers = [];

    public RowOperationsTests() => operations = new Operations(pool, account);

    public void Dispose()
    {
        buffers.ForEach(b => b.Dispose());
        operations.Dispose();
        pool.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(288)]
    [InlineData(1000)]
    public void RmsNorm_is_its_formula(int columns)
    {
        Tensor x = Normal(5, columns, 1), weight = Normal(1, columns, 2), y = Empty(5, columns);
        operations.RmsNorm(x, weight, 1e-5f, y);
        Each(y, (row, i) =>
        {
            double scale = 1 / Math.Sqrt(Doubles(x, row).Average(v => v * v) + 1e-5f);
            return x.Row(row)[i] * scale * weight.Row(0)[i];
        }, 1e-6);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(16)]
    [InlineData(49)]
    [InlineData(768)]
    public void LayerNorm_is_its_formula(int columns)
    {
        Tensor x = Normal(4, columns, 1), weight = Normal(1, columns, 2), bias = Normal(1, columns, 3), y = Empty(4, columns);
        operations.LayerNorm(x, weight, bias, 1e-5f, y);
        Each(y, (row, i) => Layer(x, row, i) * weight.Row(0)[i] + bias.Row(0)[i], 5e-6);
        operations.LayerNorm(x, weight, null, 1e-5f, y);
        Each(y, (row, i) => Layer(x, row, i) * weight.Row(0)[i], 5e-6);
    }

    static double Layer(Tensor x, int row, int i)
    {
        double[] values = Doubles(x, row);
        double mean = values.Average();
        return (values[i] - mean) / Math.Sqrt(values.Average(v => (v - mean) * (v - mean)) + 1e-5f);
    }

    [Fact]
    public void A_shorter_weight_norms_each_head_by_itself()
    {
        Tensor x = Normal(3, 96, 1), weight = Normal(1, 24, 2), y = Empty(3, 96);
        operations.RmsNorm(x, weight, 1e-6f, y);
        Each(y, (row, i) =>
        {
            double scale = 1 / Math.Sqrt(Doubles(x, row)[(i / 24 * 24)..(i / 24 * 24 + 24)].Average(v => v * v) + 1e-6f);
            return x.Row(row)[i] * scale * weight.Row(0)[i % 24];
        }, 1e-6);
    }

    [Theory]
    [InlineData(RotaryLayout.Interleaved, 32, 32)]
    [InlineData(RotaryLayout.Halves, 32, 32)]
    [InlineData(RotaryLayout.Interleaved, 48, 16)]
    [InlineData(RotaryLayout.Halves, 48, 16)]
    public void Rotation_is_its_formula_and_leaves_the_other_channels(RotaryLayout layout, int channels, int turned)
    {
        const float magnitude = 1.25f;
        int[] positions = [0, 1, 17, 100_000];
        double[] frequencies = [.. Enumerable.Range(0, turned / 2).Select(i => Math.Pow(10_000, -2.0 * i / turned))];
        Tensor x = Normal(positions.Length, 2 * channels, 1), table = Empty(positions.Length, turned), y = Copy(x);
        Operations.RotaryTable(positions, frequencies, magnitude, table);
        operations.Rotate(y, table, channels, layout);
        Each(y, (row, i) =>
        {
            int c = i % channels, head = i - c, half = turned / 2;
            if (c >= turned)
            {
                return x.Row(row)[i];
            }
            (int pair, int partner, bool second) = layout == RotaryLayout.Interleaved ? (c / 2, c ^ 1, c % 2 == 1) : (c % half, (c + half) % turned, c >= half);
            (double sine, double cosine) = Math.SinCos(positions[row] * frequencies[pair]);
            double mine = x.Row(row)[i], other = x.Row(row)[head + partner];
            return magnitude * (second ? other * sine + mine * cosine : mine * cosine - other * sine);
        }, 1e-6);
    }

    [Fact]
    public void Silu_times_up_is_its_formula()
    {
        float[] inputs = Sweep();
        Tensor x = Of(inputs), up = Of([.. inputs.Select((_, i) => 1 + i % 5 * 0.25f)]), y = Empty(1, inputs.Length);
        operations.SiluMultiply(x, up, y);
        // e^−x is within 2 ulp, and sum, quotient and product add half an ulp each.
        Each(y, (_, i) => inputs[i] / (1 + Math.Exp(-inputs[i])) * up.Row(0)[i], 5e-7, relative: true);
    }

    [Fact]
    public void Gelu_is_its_tanh_form()
    {
        float[] inputs = Sweep();
        Tensor x = Of(inputs), y = Empty(1, inputs.Length);
        operations.Gelu(x, y);
        // The exponent goes up to 92, and its rounding in floats becomes a relative error of the result.
        Each(y, (_, i) =>
        {
            double u = Math.Sqrt(2 / Math.PI) * (inputs[i] + 0.044715 * Math.Pow(inputs[i], 3));
            return inputs[i] / (1 + Math.Exp(-2 * u));
        }, 6e-6, relative: true);
    }

    [Fact]
    public void Exp_is_within_two_units_in_the_last_place()
    {
        double worst = 0;
        for (int i = -87_300_000; i <= 88_300_000; i += 1117)
        {
            float x = i * 1e-6f;
            double exact = Math.Exp(x);
            worst = Math.Max(worst, Math.Abs(VectorMath.Exp(x) - exact) / (MathF.BitIncrement((float)exact) - (float)exact));
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"worst {worst:F3} units in the last place");
        worst.ShouldBeLessThan(2);
        VectorMath.Exp(0).ShouldBe(1);
        VectorMath.Exp(float.NegativeInfinity).ShouldBe(0);
        VectorMath.Exp(-90).ShouldBe(0);
        float.IsFinite(VectorMath.Exp(1000)).ShouldBeTrue();
    }

    [Fact]
    public void A_single_row_is_added_to_every_row_and_gathered_rows_keep_their_order()
    {
        Tensor x = Normal(4, 19, 1), bias = Normal(1, 19, 2), y = Empty(4, 19), gathered = Empty(3, 19);
        operations.Add(x, bias, y);
        Each(y, (row, i) => (double)(x.Row(row)[i] + bias.Row(0)[i]), 0);
        Operations.Gather(x, [3, 0, 3], gathered);
        gathered.Row(0).ToArray().ShouldBe(x.Row(3).ToArray());
        gathered.Row(1).ToArray().ShouldBe(x.Row(0).ToArray());
        gathered.Row(2).ToArray().ShouldBe(x.Row(3).ToArray());
    }

    [Fact]
    public void A_token_outside_the_table_is_refused()
    {
        using PackedMatrix table = PackedMatrix.FromBytes(TensorFormat.F32, 3, 4, TestWeights.Bytes(TensorFormat.F32, 3, 4), account);
        Tensor y = Empty(1, 4);
        Should.Throw<ArgumentOutOfRangeException>(() => operations.Embed(table, [3], y));
        Should.Throw<ArgumentOutOfRangeException>(() => operations.Embed(table, [-1], y));
    }

    static float[] Sweep() => [.. Enumerable.Range(-8000, 16001).Select(i => i * 0.001f), 0f, -0f, 1e-20f, 30f];

    static void Each(Tensor actual, Func<int, int, double> expected, double tolerance, bool relative = false)
    {
        for (int row = 0; row < actual.Rows; row++)
        {
            for (int i = 0; i < actual.Columns; i++)
            {
                double value = expected(row, i), bound = tolerance * (relative ? Math.Abs(value) : Math.Max(1, Math.Abs(value)));
                Math.Abs(actual.Row(row)[i] - value).ShouldBeLessThanOrEqualTo(bound, $"row {row}, channel {i}: {actual.Row(row)[i]} for {value}");
            }
        }
    }

    static double[] Doubles(Tensor x, int row) => [.. x.Row(row).ToArray().Select(v => (double)v)];

    Tensor Empty(int rows, int columns)
    {
        buffers.Add(new NativeBuffer((long)rows * columns * 4, MemoryKind.Activations, account));
        return new Tensor(buffers[^1], 0, rows, columns);
    }

    Tensor Normal(int rows, int columns, ulong seed) => Fill(Empty(rows, columns), TestWeights.Normal(rows * columns, seed));

    Tensor Of(float[] values) => Fill(Empty(1, values.Length), values);

    Tensor Copy(Tensor x) => Fill(Empty(x.Rows, x.Columns), x.Buffer.Span<float>(0, x.Rows * x.Columns));

    static Tensor Fill(Tensor tensor, ReadOnlySpan<float> values)
    {
        values.CopyTo(tensor.Buffer.Span<float>(0, values.Length));
        return tensor;
    }
}
