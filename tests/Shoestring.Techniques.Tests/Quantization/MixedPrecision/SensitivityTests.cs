using Shoestring.Tensors;

namespace Shoestring.Techniques.Tests;

public sealed class SensitivityTests : IDisposable
{
    readonly WorkerPool pool = new(2);

    public void Dispose() => pool.Dispose();

    [Theory]
    [InlineData("blk.1.ffn_down.weight", false)]
    [InlineData("token_embd.weight", false)]
    [InlineData("token_embd.weight", true)]
    [InlineData("output.weight", false)]
    public void It_is_the_divergence_of_a_file_with_that_tensor_alone_rounded(string tensor, bool tied)
    {
        using var model = new TinyModel(tied: tied);
        CalibrationText first = model.Text with { Sequences = [model.Text.Sequences[0]] };
        SensitivityTable table = Measure(model, first, [TensorFormat.BF16]);
        GgufRewrite one = model.Plan() with { Precision = new PrecisionChoice(new Dictionary<string, TensorFormat> { [tensor] = TensorFormat.BF16 }, QuantizationTarget.BF16) };
        one.Write(model.Output, pool, cancellation: TestContext.Current.CancellationToken);
        double expected = Divergence(model.Logits(model.Path, pool), model.Logits(model.Output, pool));
        expected.ShouldBeGreaterThan(1e-8);
        table.Entries.Single(entry => entry.Tensor == tensor).Divergence.ShouldBe(expected, 0.01 * expected);
        table.Positions.ShouldBe(TinyModel.Length);
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("gpt2")]
    public void A_tensor_as_it_is_changes_nothing_and_a_coarser_one_more(string architecture)
    {
        using var model = new TinyModel(architecture);
        SensitivityTable table = Measure(model, model.Text, [TensorFormat.F32, TensorFormat.Q8_0, TensorFormat.Q4_0]);
        table.Entries.Count.ShouldBe(3 * model.File.Tensors.Count(TensorRoles.IsQuantized));
        foreach (IGrouping<string, TensorSensitivity> tensor in table.Entries.GroupBy(entry => entry.Tensor))
        {
            double[] divergences = [.. tensor.Select(entry => entry.Divergence)];
            divergences[0].ShouldBe(0, tensor.Key);
            divergences[1].ShouldBeGreaterThan(0, tensor.Key);
            divergences[2].ShouldBeGreaterThan(3 * divergences[1], tensor.Key);
        }
    }

    [Fact]
    public void A_block_that_adds_little_is_less_sensitive()
    {
        using var model = new TinyModel(quiet: 1);
        SensitivityTable table = Measure(model, model.Text, [TensorFormat.Q4_0]);
        table.Sum(1, TensorFormat.Q4_0).ShouldBeLessThan(0.01 * table.Sum(0, TensorFormat.Q4_0));
        table.Sum(0, TensorFormat.Q8_0).ShouldBe(0);
        table.ToJson().ShouldContain("\"format\":\"Q4_0\"");
    }

    [Fact]
    public void Scaling_one_format_comes_near_to_running_each()
    {
        using var model = new TinyModel();
        TensorFormat[] formats = [TensorFormat.Q4_0, TensorFormat.Q5_1, TensorFormat.Q8_0];
        SensitivityTable run = Measure(model, model.Text, formats), scaled = Measure(model, model.Text, formats, SensitivityMethod.ScaledDivergence);
        foreach ((TensorSensitivity one, TensorSensitivity other) in run.Entries.Zip(scaled.Entries))
        {
            (other.Tensor, other.Format, one.IsMeasured).ShouldBe((one.Tensor, one.Format, true));
            other.IsMeasured.ShouldBe(one.Block < 0 || one.Format == TensorFormat.Q4_0);
            other.Divergence.ShouldBeInRange((other.IsMeasured ? 0.999999 : 0.4) * one.Divergence, (other.IsMeasured ? 1.000001 : 2.5) * one.Divergence, $"{one.Tensor} {one.Format}");
        }
    }

    [Theory]
    [InlineData(SensitivityMethod.Divergence)]
    [InlineData(SensitivityMethod.ScaledDivergence)]
    public void It_does_not_depend_on_the_number_of_threads(SensitivityMethod method)
    {
        using var one = new WorkerPool(1);
        using var model = new TinyModel();
        var options = new SensitivityOptions { Method = method };
        string alone = SensitivityMeasurement.Measure(model.File, model.Text, null, one, options, cancellation: TestContext.Current.CancellationToken).ToJson();
        SensitivityMeasurement.Measure(model.File, model.Text, null, pool, options, cancellation: TestContext.Current.CancellationToken).ToJson().ShouldBe(alone);
    }

    SensitivityTable Measure(TinyModel model, CalibrationText text, TensorFormat[] formats, SensitivityMethod? method = null) =>
        SensitivityMeasurement.Measure(model.File, text, formats, pool, new SensitivityOptions { Method = method }, cancellation: TestContext.Current.CancellationToken);

    static double Divergence(float[][] original, float[][] other) => original.Zip(other, (left, right) =>
    {
        double[] p = Probabilities(left), q = Probabilities(right);
        return p.Zip(q, (a, b) => a * Math.Log(a / b)).Sum();
    }).Average();

    static double[] Probabilities(float[] logits)
    {
        double[] powers = [.. logits.Select(logit => Math.Exp(logit))];
        return [.. powers.Select(power => power / powers.Sum())];
    }
}
