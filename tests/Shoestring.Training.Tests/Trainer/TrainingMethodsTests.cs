using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training.Tests;

public class TrainingMethodsTests
{
    static TrainingMethods Parse(params string[] calls) => TrainingMethods.Parse(calls, 5);

    [Fact]
    public void Nothing_is_AdamW_on_all_weights()
    {
        Parse().Optimizer.ShouldBe(new AdamWOptions());
        Parse().UsualLearningRate.ShouldBe(6e-4);
    }

    [Fact]
    public void Options_are_the_ones_given()
    {
        Parse("adamw:beta2=0.99,weight-decay=0,state=bf16").Optimizer.ShouldBe(new AdamWOptions { Beta2 = 0.99, WeightDecay = 0, State = StateFormat.BFloat16 });
        Parse("lomo").ReleaseGradients.ShouldBeTrue();
        Parse("lomo").Optimizer.ShouldBe(new SgdOptions());
        Parse("mezo:epsilon=0.01").Mezo.ShouldBe(new MezoOptions { Epsilon = 0.01 });
        Parse("mezo").Optimizer.ShouldBeNull();
        Parse("lisa:blocks=3").Blockwise!.Blocks.ShouldBe(3);
        Parse("checkpointing").Checkpointing.ShouldBe(Checkpointing.Blocks);
        Parse("checkpointing:keep=segments", "lion").Checkpointing.ShouldBe(Checkpointing.Segments);
        LowRankOptions deltas = Parse("lora:rank=4,layers=attn_q+ffn_up").LowRank!;
        deltas.Rank.ShouldBe(4);
        deltas.Layers.ShouldBe(["attn_q", "ffn_up"]);
        deltas.Seed.ShouldBe(5UL);
    }

    [Theory]
    [InlineData("adam", "adamw")]
    [InlineData("adamw:beta3=1", "beta1")]
    [InlineData("adamw:beta1=2", "0 to")]
    [InlineData("adamw:beta1", "name=value")]
    [InlineData("adamw:beta1=0.1,beta1=0.2", "one of the two")]
    [InlineData("checkpointing:keep=some", "segments")]
    public void What_is_wrong_is_told_with_its_cure(string call, string cure) => Should.Throw<InputException>(() => Parse(call)).Cure.ShouldContain(cure);

    [Fact]
    public void Methods_that_exclude_each_other_are_told() => Should.Throw<InputException>(() => Parse("mezo", "badam"));
}
