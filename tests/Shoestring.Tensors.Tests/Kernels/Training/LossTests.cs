namespace Shoestring.Tensors.Tests;

/// <summary>Cross-entropy and its gradient, and the gradient of the embedding.</summary>
public sealed class LossTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(130)]
    public void Cross_entropy_and_its_gradient_are_those_of_the_formula(int vocabulary)
    {
        const int rows = 70;
        const float scale = 0.125f;
        float[] logits = [.. TestWeights.Normal(rows * vocabulary, 1).Select((v, i) => v * 3 + i % 5 * 20)];
        int[] targets = [.. Enumerable.Range(0, rows).Select(r => r % 9 == 4 ? -100 : r * 7 % vocabulary)];
        float[] weights = [.. Enumerable.Range(0, rows).Select(r => r % 9 == 4 ? 0 : 0.5f + r % 3)];
        double Loss(double[] x) => Enumerable.Range(0, rows).Where(r => weights[r] != 0).Sum(r =>
        {
            double[] row = x[(r * vocabulary)..((r + 1) * vocabulary)];
            return weights[r] * (row.Max() + Math.Log(row.Sum(v => Math.Exp(v - row.Max()))) - row[targets[r]]);
        });
        double loss = double.NaN;
        float[] gradient = TestTensors.SameEverywhere(tensors =>
        {
            Tensor x = tensors.Of(logits, rows, vocabulary + 2);
            double alone = tensors.Operations.CrossEntropy(x, targets, weights, scale, gradient: false);
            TestTensors.Values(x).ShouldBe(logits);
            double with = tensors.Operations.CrossEntropy(x, targets, weights, scale, gradient: true);
            with.ShouldBe(alone);
            loss = double.IsNaN(loss) ? with : loss;
            with.ShouldBe(loss);
            return TestTensors.Values(x);
        });
        double[] exact = TestTensors.Doubles(logits);
        loss.ShouldBe(Loss(exact), 1e-6 * Math.Max(1, Math.Abs(Loss(exact))));
        for (int r = 0; r < rows; r++)
        {
            double[] row = exact[(r * vocabulary)..((r + 1) * vocabulary)];
            double largest = row.Max(), total = row.Sum(v => Math.Exp(v - largest));
            for (int c = 0; c < vocabulary; c++)
            {
                double expected = weights[r] == 0 ? 0 : scale * weights[r] * (Math.Exp(row[c] - largest) / total - (c == targets[r] ? 1 : 0));
                ((double)gradient[r * vocabulary + c]).ShouldBe(expected, 1e-6 * scale * 3);
            }
        }
    }

    [Fact]
    public void The_gradient_of_the_loss_is_its_slope()
    {
        float[] logits = TestWeights.Normal(2 * 7, 3);
        int[] targets = [3, 6];
        float[] weights = [1, 0.5f];
        using TestTensors tensors = new();
        Tensor x = tensors.Of(logits, 2);
        tensors.Operations.CrossEntropy(x, targets, weights, 1, gradient: true);
        double[] slope = TestTensors.Slope(TestTensors.Doubles(logits), v => Enumerable.Range(0, 2).Sum(r => weights[r] * (Math.Log(v.Skip(r * 7).Take(7).Sum(Math.Exp)) - v[r * 7 + targets[r]])));
        TestTensors.ShouldBeNear(TestTensors.Values(x), slope, 1e-6);
    }

    [Fact]
    public void A_target_outside_the_vocabulary_is_refused_where_it_counts()
    {
        using TestTensors tensors = new();
        Tensor x = tensors.Normal(2, 5, 1);
        Should.Throw<ArgumentOutOfRangeException>(() => tensors.Operations.CrossEntropy(x, [1, 5], [1, 1], 1, gradient: false));
        Should.Throw<ArgumentOutOfRangeException>(() => tensors.Operations.CrossEntropy(x, [-1, 2], [1, 1], 1, gradient: false));
        Should.Throw<ArgumentException>(() => tensors.Operations.CrossEntropy(x, [1], [1, 1], 1, gradient: false));
        double.IsFinite(tensors.Operations.CrossEntropy(x, [1, 5], [1, 0], 1, gradient: false)).ShouldBeTrue();
    }

    [Fact]
    public void A_logit_that_is_not_a_number_shows_in_the_loss()
    {
        using TestTensors tensors = new();
        foreach (int at in new[] { 0, 17, 20 })
        {
            Tensor x = tensors.Normal(1, 21, 1);
            x.Row(0)[at] = float.NaN;
            tensors.Operations.CrossEntropy(x, [3], [1], 1, gradient: false).ShouldBe(double.NaN);
        }
    }

    [Fact]
    public void The_gradient_of_an_embedding_collects_the_rows_of_each_token()
    {
        const int vocabulary = 37, channels = 50;
        int[] tokens = [3, 36, 3, 0, 3, 17, 36];
        float[] dy = TestWeights.Normal(tokens.Length * channels, 1), before = TestWeights.Normal(vocabulary * channels, 2);
        float[] actual = TestTensors.SameEverywhere(tensors =>
        {
            using PackedMatrix gradient = tensors.Matrix(before, vocabulary);
            tensors.Operations.EmbedBackward(tokens, tensors.Of(dy, tokens.Length), gradient);
            return TestTensors.Values(gradient);
        });
        float[] expected = [.. before];
        for (int row = 0; row < tokens.Length; row++)
        {
            for (int c = 0; c < channels; c++)
            {
                expected[tokens[row] * channels + c] += dy[row * channels + c];
            }
        }
        actual.ShouldBe(expected);
        using TestTensors one = new();
        using PackedMatrix table = PackedMatrix.Zeros(3, 4, MemoryKind.Gradients, one.Account);
        Should.Throw<ArgumentOutOfRangeException>(() => one.Operations.EmbedBackward([3], one.Empty(1, 4), table));
    }
}
