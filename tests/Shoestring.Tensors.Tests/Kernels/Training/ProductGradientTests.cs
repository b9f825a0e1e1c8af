namespace Shoestring.Tensors.Tests;

/// <summary>dx = dy·W and gradient = dyᵀ·x against sums in double, for all formats, paths and thread counts.</summary>
public sealed class ProductGradientTests
{
    public static TheoryData<TensorFormat, int, int, int> Cases()
    {
        TheoryData<TensorFormat, int, int, int> cases = [];
        foreach (TensorFormat format in Enum.GetValues<TensorFormat>())
        {
            int block = format.BlockElements();
            // Around groups of 16, tiles of 256 outputs and blocks of 128 rows.
            (int Rows, int Outputs, int Inputs)[] shapes = block == 1 ? [(1, 1, 1), (3, 7, 17), (13, 270, 35), (131, 33, 48)]
                : block == 32 ? [(5, 17, 64), (2, 300, 32)] : [(3, 18, 256)];
            foreach ((int rows, int outputs, int inputs) in shapes)
            {
                cases.Add(format, rows, outputs, inputs);
            }
        }
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_gradient_of_an_input_is_dy_times_the_weights(TensorFormat format, int rows, int outputs, int inputs)
    {
        byte[] bytes = TestWeights.Bytes(format, outputs, inputs);
        float[] decoded = new float[outputs * inputs], dy = TestWeights.Normal(rows * outputs, 3), before = TestWeights.Normal(rows * inputs, 4);
        format.Decode(bytes, decoded);
        foreach (bool add in new[] { false, true })
        {
            float[] actual = TestTensors.SameEverywhere(tensors =>
            {
                using PackedMatrix weights = PackedMatrix.FromBytes(format, outputs, inputs, bytes, tensors.Account);
                Tensor dx = tensors.Of(before, rows);
                tensors.Operations.MultiplyInput(tensors.Of(dy, rows), weights, dx, add);
                tensors.Operations.Counters.ProductFlops.ShouldBe(2L * rows * outputs * inputs);
                return TestTensors.Values(dx);
            });
            Near(actual, (row, i) => Enumerable.Range(0, outputs).Select(o => (double)dy[row * outputs + o] * decoded[o * inputs + i]), add ? before : null, inputs);
        }
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(5, 7, 19)]
    [InlineData(255, 16, 16)]
    [InlineData(300, 33, 130)]
    [InlineData(257, 49, 70)]
    public void The_gradient_of_weights_is_dy_turned_times_the_input(int rows, int outputs, int inputs)
    {
        float[] x = TestWeights.Normal(rows * inputs, 1), dy = TestWeights.Normal(rows * outputs, 2), before = TestWeights.Normal(outputs * inputs, 3);
        foreach (bool add in new[] { false, true })
        {
            float[] actual = TestTensors.SameEverywhere(tensors =>
            {
                using PackedMatrix gradient = tensors.Matrix(before, outputs);
                // Rows that do not follow each other without gaps, as parts of a wider tensor have them.
                tensors.Operations.MultiplyWeight(tensors.Of(x, rows, inputs + 3), tensors.Of(dy, rows, outputs + 5), gradient, add);
                tensors.Operations.Counters.ProductFlops.ShouldBe(2L * rows * outputs * inputs);
                tensors.Operations.Counters.WeightBytesRead.ShouldBe(0);
                gradient.Values.ToArray().Count(v => v != 0).ShouldBe(outputs * inputs, "padding stays zero");
                return TestTensors.Values(gradient);
            });
            Near(actual, (o, i) => Enumerable.Range(0, rows).Select(row => (double)dy[row * outputs + o] * x[row * inputs + i]), add ? before : null, inputs);
        }
    }

    [Fact]
    public void A_gradient_over_rows_is_that_over_the_first_and_then_the_rest()
    {
        const int rows = 600, outputs = 40, inputs = 24;
        using TestTensors tensors = new();
        Tensor x = tensors.Normal(rows, inputs, 1), dy = tensors.Normal(rows, outputs, 2);
        using PackedMatrix whole = PackedMatrix.Zeros(outputs, inputs, MemoryKind.Gradients, tensors.Account), parts = PackedMatrix.Zeros(outputs, inputs, MemoryKind.Gradients, tensors.Account);
        tensors.Operations.MultiplyWeight(x, dy, whole, add: false);
        tensors.Operations.MultiplyWeight(x.Slice(0, 131), dy.Slice(0, 131), parts, add: false);
        tensors.Operations.MultiplyWeight(x.Slice(131, rows - 131), dy.Slice(131, rows - 131), parts, add: true);
        parts.Values.ToArray().ShouldBe(whole.Values.ToArray());
    }

    [Fact]
    public void Large_products_of_floats_forward_have_the_bits_of_the_plain_loops()
    {
        const int rows = 523, outputs = 70, inputs = 270;
        byte[] bytes = TestWeights.Bytes(TensorFormat.F32, outputs, inputs);
        float[] x = TestWeights.Normal(rows * inputs, 5);
        float[] together = TestTensors.SameEverywhere(tensors =>
        {
            using PackedMatrix weights = PackedMatrix.FromBytes(TensorFormat.F32, outputs, inputs, bytes, tensors.Account);
            Tensor y = tensors.Empty(rows, outputs);
            tensors.Operations.Multiply(tensors.Of(x, rows), weights, y);
            return TestTensors.Values(y);
        });
        float[] oneByOne = TestTensors.SameEverywhere(tensors =>
        {
            using PackedMatrix weights = PackedMatrix.FromBytes(TensorFormat.F32, outputs, inputs, bytes, tensors.Account);
            Tensor input = tensors.Of(x, rows), y = tensors.Empty(rows, outputs);
            for (int row = 0; row < rows; row += 100)
            {
                tensors.Operations.Multiply(input.Slice(row, 1), weights, y.Slice(row, 1));
            }
            return Enumerable.Range(0, rows / 100 + 1).SelectMany(i => y.Row(i * 100).ToArray());
        });
        oneByOne.ShouldBe([.. Enumerable.Range(0, rows / 100 + 1).SelectMany(i => together[(i * 100 * outputs)..((i * 100 + 1) * outputs)])]);
    }

    [Fact]
    public void Steady_products_allocate_nothing()
    {
        using TestTensors tensors = new(threads: 1);
        Tensor x = tensors.Normal(300, 40, 1), dy = tensors.Normal(300, 48, 2), dx = tensors.Empty(300, 40);
        using PackedMatrix weights = PackedMatrix.FromBytes(TensorFormat.Q8_0, 48, 32, TestWeights.Bytes(TensorFormat.Q8_0, 48, 32), tensors.Account);
        using PackedMatrix gradient = PackedMatrix.Zeros(48, 40, MemoryKind.Gradients, tensors.Account);
        void Step()
        {
            tensors.Operations.MultiplyInput(dy, weights, dx.Channels(0, 32), add: true);
            tensors.Operations.MultiplyInput(dy, gradient, dx, add: true);
            tensors.Operations.MultiplyWeight(x, dy, gradient, add: true);
        }
        Step();
        Step();
        long before = GC.GetAllocatedBytesForCurrentThread(), held = tensors.Account.Current(MemoryKind.Scratch);
        Step();
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
        tensors.Account.Current(MemoryKind.Scratch).ShouldBe(held);
    }

    [Fact]
    public void Shapes_that_do_not_agree_are_refused()
    {
        using TestTensors tensors = new();
        Tensor x = tensors.Empty(3, 8), dy = tensors.Empty(3, 5);
        using PackedMatrix gradient = PackedMatrix.Zeros(5, 7, MemoryKind.Gradients, tensors.Account);
        using PackedMatrix halves = PackedMatrix.FromBytes(TensorFormat.F16, 5, 8, new byte[80], tensors.Account);
        Should.Throw<ArgumentException>(() => tensors.Operations.MultiplyWeight(x, dy, gradient, add: false)).Message.ShouldContain("[5, 7]");
        Should.Throw<ArgumentException>(() => tensors.Operations.MultiplyInput(dy, gradient, x, add: false)).Message.ShouldContain("[5, 7]");
        Should.Throw<ArgumentException>(() => tensors.Operations.MultiplyWeight(x, dy, halves, add: false)).Message.ShouldContain("F16");
        Should.Throw<InvalidOperationException>(() => halves.ValuesAt(0, 1));
        Should.Throw<ArgumentOutOfRangeException>(() => gradient.ValuesAt(16 * 7 - 1, 2));
        gradient.ValueCount.ShouldBe(16 * 7);
    }

    /// <summary>Each sum of floats may be off by its roundings: a share of the sum of the sizes.</summary>
    static void Near(float[] actual, Func<int, int, IEnumerable<double>> terms, float[]? before, int columns)
    {
        for (int i = 0; i < actual.Length; i++)
        {
            double[] products = [.. terms(i / columns, i % columns), before?[i] ?? 0];
            ((double)actual[i]).ShouldBe(products.Sum(), 3e-6 * (products.Sum(Math.Abs) + 1e-9), $"element {i}");
        }
    }
}
