using Shoestring.Models;
using Shoestring.Tensors;
using Shoestring.Training;

namespace Shoestring.Techniques.Tests;

public class TrainingCallsTests
{
    static TrainingMethods Methods(params string[] calls) => TrainingCalls.Methods(calls, 5);

    [Fact]
    public void Nothing_is_AdamW_on_all_weights()
    {
        Methods().Optimizer.ShouldBe(new AdamWOptions());
        Methods().UsualLearningRate.ShouldBe(6e-4);
    }

    [Fact]
    public void Options_are_the_ones_given()
    {
        Methods("adamw:beta2=0.99,weight-decay=0,state=bf16").Optimizer.ShouldBe(new AdamWOptions { Beta2 = 0.99, WeightDecay = 0, State = StateFormat.BFloat16 });
        Methods("lomo").ReleaseGradients.ShouldBeTrue();
        Methods("lomo").Optimizer.ShouldBe(new SgdOptions());
        Methods("mezo:epsilon=0.01").Mezo.ShouldBe(new MezoOptions { Epsilon = 0.01 });
        Methods("mezo").Optimizer.ShouldBeNull();
        Methods("lisa:blocks=3").Blockwise!.Blocks.ShouldBe(3);
        Methods("checkpointing").Checkpointing.ShouldBe(Checkpointing.Blocks);
        Methods("checkpointing:keep=segments", "lion").Checkpointing.ShouldBe(Checkpointing.Segments);
        LowRankOptions deltas = Methods("lora:rank=4,layers=attn_q+ffn_up").LowRank!;
        deltas.Rank.ShouldBe(4);
        deltas.Layers.ShouldBe(["attn_q", "ffn_up"]);
        deltas.Seed.ShouldBe(5UL);
    }

    [Fact]
    public void Defaults_are_the_option_records_own()
    {
        Methods("adamw").Optimizer.ShouldBe(new AdamWOptions());
        Methods("adamw-8bit").Optimizer.ShouldBe(new EightBitAdamOptions());
        Methods("sgd").Optimizer.ShouldBe(new SgdOptions());
        Methods("lion").Optimizer.ShouldBe(new LionOptions());
        Methods("adafactor").Optimizer.ShouldBe(new AdafactorOptions());
        Methods("galore").Optimizer.ShouldBe(new GaLoreOptions());
        Methods("badam").Blockwise.ShouldBe(new BlockwiseOptions(BlockwiseMethod.BAdam));
        Methods("hift").Blockwise.ShouldBe(new BlockwiseOptions(BlockwiseMethod.Hift));
        Methods("lisa").Blockwise.ShouldBe(new BlockwiseOptions(BlockwiseMethod.Lisa));
        Methods("lora").LowRank!.Layers.ShouldBe(new LowRankOptions().Layers);
    }

    [Theory]
    [InlineData("adam", "adamw")]
    [InlineData("adamw:beta3=1", "beta1")]
    [InlineData("adamw:beta1=2", "0 to")]
    [InlineData("adamw:beta1", "beta1=value")]
    [InlineData("adamw:beta1=0.1,beta1=0.2", "one of the two")]
    [InlineData("checkpointing:keep=some", "segments")]
    [InlineData("gptq", "shoestring apply")]
    public void What_is_wrong_is_told_with_its_cure(string call, string cure) => Should.Throw<InputException>(() => Methods(call)).Cure.ShouldContain(cure);

    [Theory]
    [InlineData("mezo", "badam")]
    [InlineData("lisa", "mezo")]
    public void Methods_that_exclude_each_other_are_told(string one, string other) => Should.Throw<InputException>(() => Methods(one, other));

    [Fact]
    public void What_trains_is_not_applied()
    {
        using var model = new TinyModel();
        Should.Throw<InputException>(() => model.Plan("lora")).Cure.ShouldContain("shoestring tune");
    }
}
