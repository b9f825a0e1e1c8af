namespace Shoestring.Tensors.Tests;

/// <summary>The loss of a student with a teacher, and its gradient, against the formula in doubles.</summary>
public sealed class DistillationTests
{
    public static TheoryData<int, float, float, DivergenceDirection> Cases
    {
        get
        {
            TheoryData<int, float, float, DivergenceDirection> cases = [];
            foreach (int vocabulary in new[] { 1, 15, 16, 130 })
            {
                foreach ((float temperature, float alpha) in new[] { (1f, 1f), (2f, 0.5f), (5f, 0.25f), (0.5f, 1f) })
                {
                    cases.Add(vocabulary, temperature, alpha, DivergenceDirection.Forward);
                    cases.Add(vocabulary, temperature, alpha, DivergenceDirection.Reverse);
                }
            }
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Loss_and_gradient_are_those_of_the_formula(int vocabulary, float temperature, float alpha, DivergenceDirection direction)
    {
        const int rows = 23;
        const float scale = 0.125f;
        SoftTargets how = new(temperature, alpha, direction);
        float[] student = [.. TestWeights.Normal(rows * vocabulary, 1).Select((v, i) => v * 2 + i % 5 * 3)], teacher = [.. TestWeights.Normal(rows * vocabulary, 2).Select(v => v * 2)];
        int[] targets = [.. Enumerable.Range(0, rows).Select(r => r % 9 == 4 ? -100 : r * 7 % vocabulary)];
        float[] weights = [.. Enumerable.Range(0, rows).Select(r => r % 9 == 4 ? 0 : 0.5f + r % 3)];
        double loss = double.NaN;
        float[] gradient = TestTensors.SameEverywhere(tensors =>
        {
            Tensor x = tensors.Of(student, rows, vocabulary + 2), t = tensors.Of(teacher, rows, vocabulary + 5);
            double alone = tensors.Operations.Distill(x, t, targets, weights, how, scale, gradient: false);
            TestTensors.Values(x).ShouldBe(student);
            double with = tensors.Operations.Distill(x, t, targets, weights, how, scale, gradient: true);
            TestTensors.Values(t).ShouldBe(teacher);
            with.ShouldBe(alone);
            loss = double.IsNaN(loss) ? with : loss;
            with.ShouldBe(loss);
            return TestTensors.Values(x);
        });
        double expected = 0;
        for (int r = 0; r < rows; r++)
        {
            double[] x = TestTensors.Doubles(student[(r * vocabulary)..((r + 1) * vocabulary)]), t = TestTensors.Doubles(teacher[(r * vocabulary)..((r + 1) * vocabulary)]);
            int target = targets[r];
            double Row(double[] at) => weights[r] == 0 ? 0 : weights[r] * Loss(at, t, target, how);
            expected += Row(x);
            TestTensors.ShouldBeNear(gradient[(r * vocabulary)..((r + 1) * vocabulary)], [.. TestTensors.Slope(x, Row).Select(slope => scale * slope)], Tolerance(direction), $"row {r}");
        }
        loss.ShouldBe(expected, 5e-6 * Math.Max(1, Math.Abs(expected)));
    }

    // Backwards, logarithms of up to 60 are subtracted from each other; forwards, what has such a logarithm is nothing.
    static double Tolerance(DivergenceDirection direction) => direction == DivergenceDirection.Reverse ? 3e-5 : 5e-6;

    static double Loss(double[] x, double[] t, int target, SoftTargets how)
    {
        double[] q = Logs(x, how.Temperature), p = Logs(t, how.Temperature), hard = Logs(x, 1);
        double divergence = how.Direction == DivergenceDirection.Forward ? p.Zip(q, (a, b) => Math.Exp(a) * (a - b)).Sum() : q.Zip(p, (a, b) => Math.Exp(a) * (a - b)).Sum();
        return ((1 - (double)how.Alpha) * -hard[target]) + ((double)how.Alpha * how.Temperature * how.Temperature * divergence);
    }

    static double[] Logs(double[] x, double temperature)
    {
        double top = x.Max(), sum = Math.Log(x.Sum(v => Math.Exp((v - top) / temperature)));
        return [.. x.Select(v => ((v - top) / temperature) - sum)];
    }

    [Theory]
    [InlineData(DivergenceDirection.Forward)]
    [InlineData(DivergenceDirection.Reverse)]
    public void A_teacher_that_says_the_same_teaches_nothing(DivergenceDirection direction)
    {
        using TestTensors tensors = new();
        Tensor x = tensors.Normal(5, 37, 1), t = tensors.Normal(5, 37, 1);
        tensors.Operations.Distill(x, t, [1, 2, 3, 4, 5], [1, 1, 2, 1, 1], new SoftTargets(3, 1, direction), 0.5f, gradient: true).ShouldBe(0);
        TestTensors.Values(x).ShouldAllBe(gradient => gradient == 0);
    }

    // Powers of two change no digit: logits of half the size at half the temperature have the same divergence.
    [Theory]
    [InlineData(DivergenceDirection.Forward)]
    [InlineData(DivergenceDirection.Reverse)]
    public void The_square_of_the_temperature_is_exact(DivergenceDirection direction)
    {
        const int rows = 4, vocabulary = 45;
        float[] student = TestWeights.Normal(rows * vocabulary, 1), teacher = TestWeights.Normal(rows * vocabulary, 2);
        using TestTensors tensors = new();
        Tensor x = tensors.Of(student, rows), half = tensors.Of([.. student.Select(v => v / 2)], rows);
        double hot = Distill(x, tensors.Of(teacher, rows), 2), cold = Distill(half, tensors.Of([.. teacher.Select(v => v / 2)], rows), 1);
        hot.ShouldBe(4 * cold);
        TestTensors.Values(x).ShouldBe(TestTensors.Values(half).Select(gradient => 2 * gradient));

        double Distill(Tensor from, Tensor to, float temperature) =>
            tensors.Operations.Distill(from, to, [0, 1, 2, 3], [1, 1, 1, 1], new SoftTargets(temperature, 1, direction), 1, gradient: true);
    }

    [Fact]
    public void Without_the_teacher_it_is_cross_entropy()
    {
        using TestTensors tensors = new();
        Tensor x = tensors.Normal(6, 50, 1), same = tensors.Normal(6, 50, 1), t = tensors.Normal(6, 50, 2);
        int[] targets = [0, 9, 49, 3, 4, 5];
        float[] weights = [1, 2, 0, 1, 0.5f, 1];
        double plain = tensors.Operations.CrossEntropy(same, targets, weights, 0.1f, gradient: true);
        tensors.Operations.Distill(x, t, targets, weights, new SoftTargets(2, 0, DivergenceDirection.Forward), 0.1f, gradient: true).ShouldBe(plain, 1e-6 * plain);
        TestTensors.ShouldBeNear(TestTensors.Values(x), TestTensors.Doubles(TestTensors.Values(same)), 1e-6);
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        using TestTensors tensors = new();
        Tensor x = tensors.Normal(2, 5, 1), t = tensors.Normal(2, 5, 2);
        SoftTargets how = new(2, 0.5f, DivergenceDirection.Forward);
        Should.Throw<ArgumentException>(() => tensors.Operations.Distill(x, tensors.Normal(2, 6, 2), [0, 1], [1, 1], how, 1, gradient: false));
        Should.Throw<ArgumentException>(() => tensors.Operations.Distill(x, t, [0], [1, 1], how, 1, gradient: false));
        Should.Throw<ArgumentOutOfRangeException>(() => tensors.Operations.Distill(x, t, [0, 5], [1, 1], how, 1, gradient: false));
        Should.Throw<ArgumentOutOfRangeException>(() => tensors.Operations.Distill(x, t, [0, 1], [1, 1], how with { Temperature = 0 }, 1, gradient: false));
        Should.Throw<ArgumentOutOfRangeException>(() => tensors.Operations.Distill(x, t, [0, 1], [1, 1], how with { Alpha = 1.5f }, 1, gradient: false));
        x.Row(1)[3] = float.NaN;
        tensors.Operations.Distill(x, t, [0, 1], [1, 1], how, 1, gradient: false).ShouldBe(double.NaN);
    }
}
