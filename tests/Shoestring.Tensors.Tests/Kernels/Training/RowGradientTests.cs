namespace Shoestring.Tensors.Tests;

/// <summary>Gradients of norms, rotation, gates and biases against finite differences of their formulas in double.</summary>
public sealed class RowGradientTests
{
    const float Epsilon = 1e-5f;

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(3, 15, 15)]
    [InlineData(3, 16, 16)]
    [InlineData(2, 49, 49)]
    [InlineData(4, 72, 24)]
    public void The_gradients_of_RmsNorm_are_those_of_its_formula(int rows, int columns, int segment)
    {
        (float[] x, float[] w, float[] dy) = (TestWeights.Normal(rows * columns, 1), TestWeights.Normal(segment, 2), TestWeights.Normal(rows * columns, 3));
        double Loss(double[] x, double[] w)
        {
            double loss = 0;
            for (int first = 0; first < x.Length; first += segment)
            {
                double scale = 1 / Math.Sqrt(x.Skip(first).Take(segment).Average(v => v * v) + Epsilon);
                loss += Enumerable.Range(0, segment).Sum(i => x[first + i] * scale * w[i] * dy[first + i]);
            }
            return loss;
        }
        CheckNorm(rows, columns, x, w, dy, Loss, null, (tensors, tx, tw, tdy, dx, add, dw, _) => tensors.Operations.RmsNormBackward(tx, tw, Epsilon, tdy, dx, add, dw));
    }

    [Theory]
    [InlineData(3, 15, 15)]
    [InlineData(2, 49, 49)]
    [InlineData(150, 6, 6)]
    [InlineData(4, 72, 24)]
    public void The_gradients_of_LayerNorm_are_those_of_its_formula(int rows, int columns, int segment)
    {
        (float[] x, float[] w, float[] dy) = (TestWeights.Normal(rows * columns, 1), TestWeights.Normal(segment, 2), TestWeights.Normal(rows * columns, 3));
        double Loss(double[] x, double[] w)
        {
            double loss = 0;
            for (int first = 0; first < x.Length; first += segment)
            {
                double[] part = x[first..(first + segment)];
                double mean = part.Average(), scale = 1 / Math.Sqrt(part.Average(v => (v - mean) * (v - mean)) + Epsilon);
                loss += Enumerable.Range(0, segment).Sum(i => (part[i] - mean) * scale * w[i] * dy[first + i]);
            }
            return loss;
        }
        double[] bias = [.. Enumerable.Range(0, segment).Select(i => Enumerable.Range(0, rows * columns / segment).Sum(n => (double)dy[n * segment + i]))];
        CheckNorm(rows, columns, x, w, dy, Loss, bias, (tensors, tx, tw, tdy, dx, add, dw, db) => tensors.Operations.LayerNormBackward(tx, tw, Epsilon, tdy, dx, add, dw, db));
    }

    delegate void NormBackward(TestTensors tensors, Tensor x, Tensor w, Tensor dy, Tensor dx, bool add, Tensor? dw, Tensor? db);

    static void CheckNorm(int rows, int columns, float[] x, float[] w, float[] dy, Func<double[], double[], double> loss, double[]? bias, NormBackward run)
    {
        double[] xs = TestTensors.Doubles(x), ws = TestTensors.Doubles(w), dx = TestTensors.Slope(xs, v => loss(v, ws)), dw = TestTensors.Slope(ws, v => loss(xs, v));
        int n = x.Length, segment = w.Length;
        float[] actual = TestTensors.SameEverywhere(tensors =>
        {
            Tensor tx = tensors.Of(x, rows), tw = tensors.Of(w, 1), tdy = tensors.Of(dy, rows), first = tensors.Empty(rows, columns), second = tensors.Empty(rows, columns);
            Tensor weights = tensors.Empty(1, segment), biases = tensors.Empty(1, segment);
            run(tensors, tx, tw, tdy, first, false, weights, biases);
            // Added to what is there, and with dx over dy; gradients of weights add up.
            run(tensors, tx, tw, tdy, second, true, null, null);
            run(tensors, tx, tw, tdy, second, true, null, null);
            run(tensors, tx, tw, tdy, tdy, false, weights, null);
            return [.. TestTensors.Values(first), .. TestTensors.Values(second), .. TestTensors.Values(tdy), .. TestTensors.Values(weights), .. TestTensors.Values(biases)];
        });
        TestTensors.ShouldBeNear(actual[..n], dx, 1e-5, "dx");
        TestTensors.ShouldBeNear(actual[n..(2 * n)], [.. dx.Select(v => 2 * v)], 1e-5, "added dx");
        actual[(2 * n)..(3 * n)].ShouldBe(actual[..n], "dx over dy");
        TestTensors.ShouldBeNear(actual[(3 * n)..(3 * n + segment)], [.. dw.Select(v => 2 * v)], 1e-5, "weights");
        if (bias != null)
        {
            TestTensors.ShouldBeNear(actual[(3 * n + segment)..], bias, 1e-5, "biases");
        }
    }

    [Theory]
    [InlineData(RotaryLayout.Interleaved)]
    [InlineData(RotaryLayout.Halves)]
    public void Turning_back_is_the_transposed_turn(RotaryLayout layout)
    {
        const int channels = 48, turned = 16, heads = 2, rows = 3;
        float[] x = TestWeights.Normal(rows * heads * channels, 1), y = TestWeights.Normal(rows * heads * channels, 2);
        float[] back = TestTensors.SameEverywhere(tensors =>
        {
            Tensor ty = tensors.Of(y, rows);
            tensors.Operations.RotateBackward(ty, Table(tensors), channels, layout);
            return TestTensors.Values(ty);
        });
        using TestTensors tensors = new();
        Tensor forward = tensors.Of(x, rows);
        tensors.Operations.Rotate(forward, Table(tensors), channels, layout);
        // ⟨Rx, y⟩ = ⟨x, Rᵀy⟩ for each row and head.
        float[] there = TestTensors.Values(forward);
        for (int first = 0; first < x.Length; first += channels)
        {
            double one = Enumerable.Range(first, channels).Sum(i => (double)there[i] * y[i]), other = Enumerable.Range(first, channels).Sum(i => (double)x[i] * back[i]);
            one.ShouldBe(other, 1e-5);
        }

        static Tensor Table(TestTensors tensors)
        {
            Tensor table = tensors.Empty(rows, turned);
            Operations.RotaryTable([0, 3, 1000], [.. Enumerable.Range(0, turned / 2).Select(i => Math.Pow(10_000, -2.0 * i / turned))], 1.25f, table);
            return table;
        }
    }

    [Fact]
    public void The_gradients_of_a_gate_are_those_of_its_formula()
    {
        float[] gate = Sweep(), up = TestWeights.Normal(gate.Length, 1), dy = TestWeights.Normal(gate.Length, 2);
        float[] actual = TestTensors.SameEverywhere(tensors =>
        {
            Tensor g = tensors.Of(gate, 1), u = tensors.Of(up, 1), d = tensors.Of(dy, 1), dg = tensors.Empty(1, gate.Length), du = tensors.Empty(1, gate.Length);
            tensors.Operations.SiluMultiplyBackward(g, u, d, dg, du);
            tensors.Operations.SiluMultiplyBackward(g, u, d, g, u);
            TestTensors.Values(g).ShouldBe(TestTensors.Values(dg));
            TestTensors.Values(u).ShouldBe(TestTensors.Values(du));
            return [.. TestTensors.Values(dg), .. TestTensors.Values(du)];
        });
        for (int i = 0; i < gate.Length; i++)
        {
            double silu(double g) => g / (1 + Math.Exp(-g));
            double slope = (silu(gate[i] + 1e-5) - silu(gate[i] - 1e-5)) / 2e-5;
            ((double)actual[i]).ShouldBe(slope * up[i] * dy[i], 2e-6 * Math.Abs(up[i] * dy[i]) + 1e-9);
            ((double)actual[gate.Length + i]).ShouldBe(silu(gate[i]) * dy[i], 2e-6 * Math.Abs(silu(gate[i]) * dy[i]) + 1e-12);
        }
    }

    [Fact]
    public void The_gradient_of_gelu_is_that_of_its_formula()
    {
        float[] x = Sweep(), dy = TestWeights.Normal(x.Length, 2);
        float[] actual = TestTensors.SameEverywhere(tensors =>
        {
            Tensor dx = tensors.Empty(1, x.Length);
            tensors.Operations.GeluBackward(tensors.Of(x, 1), tensors.Of(dy, 1), dx);
            return TestTensors.Values(dx);
        });
        for (int i = 0; i < x.Length; i++)
        {
            double gelu(double v) => v / (1 + Math.Exp(-2 * Math.Sqrt(2 / Math.PI) * (v + 0.044715 * v * v * v)));
            ((double)actual[i]).ShouldBe((gelu(x[i] + 1e-5) - gelu(x[i] - 1e-5)) / 2e-5 * dy[i], 5e-6 * Math.Abs(dy[i]) + 1e-9);
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(64, 63)]
    [InlineData(200, 130)]
    public void Rows_are_summed_and_a_sum_may_be_added_to(int rows, int columns)
    {
        float[] values = TestWeights.Normal(rows * columns, 1);
        float[] actual = TestTensors.SameEverywhere(tensors =>
        {
            Tensor dy = tensors.Of(values, rows, columns + 7), gradient = tensors.Normal(1, columns, 2);
            tensors.Operations.SumRows(dy, gradient, add: false);
            tensors.Operations.SumRows(dy, gradient, add: true);
            return TestTensors.Values(gradient);
        });
        TestTensors.ShouldBeNear(actual, [.. Enumerable.Range(0, columns).Select(c => 2 * Enumerable.Range(0, rows).Sum(r => (double)values[r * columns + c]))], 2e-6);
    }

    [Fact]
    public void Squares_are_summed_and_scaled_over_matrices_and_tensors()
    {
        float[] values = TestWeights.Normal(37 * 1000, 1);
        double expected = values.Sum(v => (double)v * v);
        float[] actual = TestTensors.SameEverywhere(tensors =>
        {
            using PackedMatrix matrix = tensors.Matrix(values, 37);
            Tensor tensor = tensors.Of(values, 37, 1003);
            tensors.Operations.SumOfSquares(matrix).ShouldBe(expected, 1e-6 * expected);
            tensors.Operations.SumOfSquares(tensor).ShouldBe(expected, 1e-6 * expected);
            double sum = tensors.Operations.SumOfSquares(matrix);
            tensors.Operations.Scale(matrix, 0.5f);
            tensors.Operations.Scale(tensor, 0.5f);
            float[] halves = [.. values.Select(v => v * 0.5f)];
            TestTensors.Values(matrix).ShouldBe(halves);
            TestTensors.Values(tensor).ShouldBe(halves);
            return [.. BitConverter.GetBytes(sum).Select(b => (float)b)];
        });
        actual.Length.ShouldBe(8);
    }

    static float[] Sweep() => [.. Enumerable.Range(-1000, 2001).Select(i => i * 0.01f), 0, -0f, 30, -30];
}
