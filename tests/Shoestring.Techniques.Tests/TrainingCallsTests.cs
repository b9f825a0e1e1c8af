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

    [Fact]
    public void Methods_of_data_add_up_in_one_place()
    {
        DataMethods data = Methods("dedup:by=exact+minhash+suffix-array,length=30", "select:by=el2n,share=0.25", "select", "curriculum:by=length", "length-warmup", "eda:copies=3", "token-dropout:rate=0.2,piece=<x>",
            "objective:kind=fill-in-the-middle,rate=1,marks=a+b+c").Data;
        data.Deduplication.ShouldBe(new DeduplicationOptions { Near = new NearDuplicateOptions { Seed = 5 }, SubstringLength = 30 });
        data.Selections.ShouldBe([new SelectionOptions(SelectionScore.ErrorNorm) { Share = 0.25 }, new SelectionOptions(SelectionScore.Random)]);
        data.Curriculum.ShouldBe(new CurriculumOptions { By = Difficulty.Length });
        data.LengthWarmup.ShouldBe(new LengthWarmupOptions());
        data.Augmentation.ShouldBe(new AugmentationOptions { Copies = 3 });
        data.TokenDropout.ShouldBe(new TokenDropoutOptions { Rate = 0.2, Piece = "<x>" });
        data.FillInTheMiddle.ShouldBe(new FillInTheMiddleOptions { Rate = 1, PrefixPiece = "a", SuffixPiece = "b", MiddlePiece = "c" });
        Methods("objective:kind=masked", "objective").Data.Masking.ShouldBeNull();
        Methods("objective:kind=masked").Data.Masking.ShouldBe(new MaskingOptions());
        Methods("select:by=gradient-norm").Data.Selections.ShouldHaveSingleItem().IsDrawn.ShouldBeTrue();
        Methods("select:by=gradient-norm,band=highest").Data.Selections.ShouldHaveSingleItem().IsDrawn.ShouldBeFalse();
        Methods("select:by=perplexity").Data.Selections.ShouldHaveSingleItem().Band.ShouldBe(ScoreBand.Middle);
    }

    [Fact]
    public void Teachers_growth_and_rounding_are_the_ones_given()
    {
        Methods("distil:teacher=t.gguf").Distillation.ShouldBe(new DistillationOptions("t.gguf"));
        Methods("distil:teacher=t.gguf,temperature=3,alpha=1,divergence=reverse").Distillation
            .ShouldBe(new DistillationOptions("t.gguf") { Temperature = 3, Alpha = 1, Direction = DivergenceDirection.Reverse });
        Methods("grow:blocks=2,learn=new").Growth.ShouldBe(new GrowthOptions { Blocks = 2, OnlyNewLearn = true, Seed = 5 });
        Methods("grow:blocks=1,how=stack,feed-forward=96").Growth.ShouldBe(new GrowthOptions { Blocks = 1, Kind = BlockGrowth.Stacked, FeedForward = 96, Seed = 5 });
        Methods("qat").Rounding.ShouldBe(TensorFormat.Q4_0);
    }

    [Fact]
    public void Files_that_are_named_belong_to_a_run_and_lie_beside_its_recipe()
    {
        string[] calls = ["distil:teacher=t.gguf", "select:proxy=p.gguf", "curriculum", "lora"];
        TrainingCalls.Files(calls).ShouldBe(["t.gguf", "p.gguf"]);
        string folder = Path.GetTempPath();
        TechniqueCall.Parse(calls[0]).Beside(folder).ToString().ShouldBe($"distil:teacher={Path.Combine(folder, "t.gguf")}");
        TechniqueCall.Parse(calls[3]).Beside(folder).ToString().ShouldBe("lora");
    }

    [Theory]
    [InlineData("dedup:by=near", "suffix-array")]
    [InlineData("select:share=0", "above 0")]
    [InlineData("distil", "teacher=MODEL")]
    [InlineData("objective:marks=a+b", "three pieces")]
    [InlineData("qat:format=Q9", "Q4_0")]
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
