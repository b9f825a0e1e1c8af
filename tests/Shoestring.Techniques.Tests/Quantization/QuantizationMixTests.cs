using Shoestring.Tensors;

namespace Shoestring.Techniques.Tests;

public class QuantizationMixTests
{
    [Fact]
    public void Formats_are_those_that_llama_cpp_writes()
    {
        var cases = 0;
        foreach (var (model, target, unusual) in MixOracle.Read())
        {
            var tensors = model.Tensors();
            var plan = QuantizationMix.Choose(target, tensors, model.Shape);
            foreach (var tensor in tensors)
            {
                var expected = tensor.Shape.Rank == 1 ? TensorFormat.F32 : unusual.GetValueOrDefault(tensor.Name, target.UsualFormat());
                plan.Formats[tensor.Name].ShouldBe(expected, $"{tensor.Name} of {model} at {target}");
            }

            cases++;
        }

        cases.ShouldBe(6 * QuantizationTargets.All.Count(target => target.UsualFormat().IsOfGgml()));
    }

    [Fact]
    public void Fallbacks_are_reported()
    {
        var model = new MixOracle.Model("llama", 1, 6, 6, 288, 768, 64, false);
        var plan = QuantizationMix.Choose(QuantizationTarget.Q4_K_M, model.Tensors(), model.Shape);
        plan.Fallbacks.Select(fallback => fallback.Tensor.Name).ShouldBe(
            ["token_embd.weight", "blk.0.attn_q.weight", "blk.0.attn_k.weight", "blk.0.attn_v.weight", "blk.0.ffn_gate.weight",
             "blk.0.attn_output.weight", "blk.0.ffn_up.weight"]);
        plan.Fallbacks[0].ToString().ShouldBe("token_embd.weight: Q5_0 in place of Q4_K, since 288 columns are no multiple of 256");
        plan.Formats["output.weight"].ShouldBe(TensorFormat.Q8_0);
    }

    [Fact]
    public void A_pure_plan_gives_every_matrix_the_usual_format()
    {
        var model = new MixOracle.Model("llama", 8, 8, 2, 256, 512, 64, true);
        var plan = QuantizationMix.Choose(QuantizationTarget.Q4_K_M, model.Tensors(), model.Shape, pure: true);
        plan.Formats.Values.Distinct().ShouldBe([TensorFormat.Q4_K, TensorFormat.F32], ignoreOrder: true);
        plan.Fallbacks.ShouldBeEmpty();
    }

    [Fact]
    public void Bytes_are_those_of_the_formats()
    {
        var model = new MixOracle.Model("llama", 1, 8, 8, 256, 256, 64, true);
        var tensors = model.Tensors();
        var plan = QuantizationMix.Choose(QuantizationTarget.Q8_0, tensors, model.Shape);
        plan.TensorBytes(tensors).ShouldBe((64 + 7 * 256) * 272 + 3 * 1024);
    }

    [Theory]
    [InlineData("q4_k_m", QuantizationTarget.Q4_K_M)]
    [InlineData("Q4_K", QuantizationTarget.Q4_K_M)]
    [InlineData("q3_k", QuantizationTarget.Q3_K_M)]
    [InlineData("F16", QuantizationTarget.F16)]
    public void Targets_are_parsed(string name, QuantizationTarget target) => QuantizationTargets.Parse(name).ShouldBe(target);

    [Theory]
    [InlineData("Q4")]
    [InlineData("2")]
    [InlineData("IQ2_XXS")]
    public void An_unknown_target_is_refused_with_the_known_ones(string name) =>
        Should.Throw<InputException>(() => QuantizationTargets.Parse(name)).Message.ShouldContain("Q4_K_S, Q4_K_M");
}
