using System.Text;
using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training.Tests;

/// <summary>Runs with what can be done to data, model and loss: predicted exactly, the same whatever the threads, and without a trace where nothing is asked for.</summary>
public sealed class MethodRunTests : IDisposable
{
    const int Steps = 6;

    readonly string folder = Directory.CreateTempSubdirectory("shoestring-methods-").FullName;
    readonly WorkerPool pool = new(2);

    public MethodRunTests()
    {
        var text = new StringBuilder();
        for (int i = 0; i < 240; i++)
        {
            string animal = i % 3 == 0 ? "cat" : i % 3 == 1 ? "dog" : "bird";
            text.Append($"The {animal} saw {i % 10} {(i % 2 == 0 ? "red" : "blue")} stones{(i % 7 == 0 ? ", and the river was cold and long" : "")}.\n\n");
        }

        File.WriteAllText(At("text.txt"), text.ToString());
        using PreparedRun start = Prepare(new TrainingMethods());
        start.Trainer.Run(TestContext.Current.CancellationToken);
        start.Save(At("start.gguf"));
    }

    string At(string name) => Path.Combine(folder, name);

    TrainingRecipe Recipe() => new()
    {
        Model = new ModelShape { Width = 32, Blocks = 2, Heads = 4, KvHeads = 2 },
        Vocabulary = new VocabularyRecipe { Size = 280 },
        Data = new DataRecipe { File = At("text.txt"), Division = "blank-line" },
        Steps = Steps,
        LearningRate = 3e-3,
        Context = 32,
        BatchRows = 128,
        EvaluateEvery = 4,
        Seed = 3,
    };

    PreparedRun Prepare(TrainingMethods methods, WorkerPool? threads = null) => PreparedRun.Prepare(Recipe(), methods, null, "test", threads ?? pool);

    PreparedRun GoOn(TrainingMethods methods, Func<TrainingRecipe, TrainingRecipe>? change = null, WorkerPool? threads = null)
    {
        using ModelFile start = ModelFiles.Open(At("start.gguf"));
        TrainingRecipe recipe = Recipe() with { Model = null, Start = At("start.gguf") };
        return PreparedRun.Prepare(change?.Invoke(recipe) ?? recipe, methods, start, "test", threads ?? pool);
    }

    static TrainingMethods WithData(DataMethods data) => new() { Data = data };

    static TrainingMethods Selected(SelectionOptions how) => WithData(new DataMethods { Selections = [how] });

    TrainingMethods Of(string name) => name switch
    {
        "exact" => WithData(new DataMethods { Deduplication = new DeduplicationOptions() }),
        "minhash" => WithData(new DataMethods { Deduplication = new DeduplicationOptions { Near = new NearDuplicateOptions { Threshold = 0.5, Bands = 30, Rows = 3 } } }),
        "suffix-array" => WithData(new DataMethods { Deduplication = new DeduplicationOptions { Exact = false, SubstringLength = 20 } }),
        "random" => Selected(new SelectionOptions(SelectionScore.Random)),
        "perplexity" => Selected(new SelectionOptions(SelectionScore.Perplexity)),
        "proxy" => Selected(new SelectionOptions(SelectionScore.Perplexity) { Proxy = At("start.gguf") }),
        "el2n" => Selected(new SelectionOptions(SelectionScore.ErrorNorm)),
        "gradient-norm" => Selected(new SelectionOptions(SelectionScore.GradientNorm)),
        "facility-location" => Selected(new SelectionOptions(SelectionScore.FacilityLocation)),
        "curriculum" => WithData(new DataMethods { Curriculum = new CurriculumOptions() }),
        "curriculum by perplexity" => WithData(new DataMethods { Curriculum = new CurriculumOptions { By = Difficulty.Perplexity } }),
        "length-warmup" => WithData(new DataMethods { LengthWarmup = new LengthWarmupOptions { Share = 0.7 } }),
        "eda" => WithData(new DataMethods { Augmentation = new AugmentationOptions() }),
        "token-dropout" => WithData(new DataMethods { TokenDropout = new TokenDropoutOptions() }),
        "masked" => WithData(new DataMethods { Masking = new MaskingOptions { Rate = 0.3 } }),
        "distil" => new TrainingMethods { Distillation = new DistillationOptions(At("start.gguf")) },
        "reverse distil" => new TrainingMethods { Distillation = new DistillationOptions(At("start.gguf")) { Direction = DivergenceDirection.Reverse, Alpha = 1 }, Checkpointing = Checkpointing.Blocks },
        "qat" => new TrainingMethods { Rounding = TensorFormat.Q4_0 },
        "all" => new TrainingMethods
        {
            Data = new DataMethods
            {
                Deduplication = new DeduplicationOptions(),
                Selections = [new(SelectionScore.GradientNorm), new(SelectionScore.Random) { Share = 0.9 }],
                Augmentation = new AugmentationOptions(),
                Curriculum = new CurriculumOptions(),
                LengthWarmup = new LengthWarmupOptions(),
                TokenDropout = new TokenDropoutOptions(),
            },
            Distillation = new DistillationOptions(At("start.gguf")),
            Rounding = TensorFormat.Q8_0,
        },
        _ => throw new ArgumentException(name, nameof(name)),
    };

    public static TheoryData<string> Names =>
    [
        "exact", "minhash", "suffix-array", "random", "perplexity", "proxy", "el2n", "gradient-norm", "facility-location", "curriculum", "curriculum by perplexity",
        "length-warmup", "eda", "token-dropout", "masked", "distil", "reverse distil", "qat", "all",
    ];

    [Theory]
    [MemberData(nameof(Names))]
    public void Forecasts_are_what_is_counted(string name)
    {
        using PreparedRun run = Prepare(Of(name));
        ShouldBeForecast(run, run.Forecast());
    }

    static void ShouldBeForecast(PreparedRun run, TrainingForecast forecast)
    {
        run.Trainer.Run(TestContext.Current.CancellationToken).ShouldBe(TrainingEnd.Done);
        MemoryAccount memory = run.Model.Memory;
        memory.Peak(MemoryKind.Weights).ShouldBe(forecast.WeightBytes);
        memory.Peak(MemoryKind.Gradients).ShouldBe(forecast.GradientBytes);
        memory.Peak(MemoryKind.Optimizer).ShouldBe(forecast.OptimizerBytes);
        memory.Peak(MemoryKind.Activations).ShouldBe(forecast.ActivationBytes);
        run.Trainer.State.Tokens.ShouldBe(forecast.Tokens);
        ((double)run.Model.Operations.Counters.Flops).ShouldBe(forecast.Flops);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Threads_change_no_bit(string name)
    {
        using WorkerPool one = new(1), three = new(3);
        using PreparedRun alone = Prepare(Of(name), one), together = Prepare(Of(name), three);
        alone.Trainer.Run(TestContext.Current.CancellationToken);
        together.Trainer.Run(TestContext.Current.CancellationToken);
        together.DataSteps.ShouldBe(alone.DataSteps);
        ShouldBeSame(together, alone);
    }

    static void ShouldBeSame(PreparedRun one, PreparedRun other)
    {
        one.Trainer.History.Losses.ShouldBe(other.Trainer.History.Losses);
        for (int i = 0; i < one.Model.Parameters.Count; i++)
        {
            one.Model.Parameters[i].Values.ToArray().ShouldBe(other.Model.Parameters[i].Values.ToArray());
        }
    }

    // Whatever looks at the model before the first step leaves no trace.
    [Theory]
    [InlineData(SelectionScore.Random)]
    [InlineData(SelectionScore.Perplexity)]
    [InlineData(SelectionScore.ErrorNorm)]
    [InlineData(SelectionScore.GradientNorm)]
    [InlineData(SelectionScore.FacilityLocation)]
    public void Selecting_everything_changes_no_bit(SelectionScore score)
    {
        using PreparedRun run = Prepare(Selected(new SelectionOptions(score) { Share = 1, IsDrawn = false })), plain = Prepare(new TrainingMethods());
        run.Trainer.Run(TestContext.Current.CancellationToken);
        plain.Trainer.Run(TestContext.Current.CancellationToken);
        ShouldBeSame(run, plain);
    }

    [Fact]
    public void A_resumed_run_with_everything_ends_in_the_same_bits()
    {
        using PreparedRun whole = Prepare(Of("all")), begun = Prepare(Of("all")), resumed = Prepare(Of("all"));
        whole.Trainer.Run(TestContext.Current.CancellationToken);
        begun.Trainer.Step();
        begun.Trainer.Step();
        begun.File.Save(At("c"), begun.Trainer.State, begun.Trainer.History);
        resumed.Trainer.Resume(resumed.File, At("c"));
        resumed.Trainer.Run(TestContext.Current.CancellationToken);
        ShouldBeSame(resumed, whole);
    }

    [Fact]
    public void A_grown_model_begins_where_the_small_one_is_and_is_forecast()
    {
        using PreparedRun small = GoOn(new TrainingMethods()), grown = GoOn(new TrainingMethods { Growth = new GrowthOptions { Blocks = 2, OnlyNewLearn = true } });
        ShouldBeForecast(grown, grown.Forecast());
        grown.Trainer.History.HeldOut[0].Loss.ShouldBe(small.HeldOutLoss());
        grown.Trainer.History.HeldOut[^1].Loss.ShouldBeLessThan(grown.Trainer.History.HeldOut[0].Loss);
        grown.Save(At("grown.gguf"));
        using LanguageModel written = LanguageModel.Load(At("grown.gguf"), pool);
        written.Configuration.Blocks.Count.ShouldBe(4);
    }

    [Fact]
    public void What_a_method_left_out_is_told()
    {
        using PreparedRun exact = Prepare(Of("exact")), half = Prepare(Of("random")), doubled = Prepare(Of("eda")), plain = Prepare(new TrainingMethods());
        // Of 240 sentences there are 210 different ones at most, and the held-out ones are not looked at.
        DataStep step = exact.DataSteps.ShouldHaveSingleItem();
        step.Method.ShouldBe("exact duplicates");
        step.ItemsAfter.ShouldBeLessThan(step.ItemsBefore);
        exact.TrainingTokens.ShouldBe(step.TokensAfter);
        half.DataSteps.ShouldHaveSingleItem().ItemsAfter.ShouldBe((int)Math.Round(half.DataSteps[0].ItemsBefore / 2.0));
        doubled.DataSteps.ShouldHaveSingleItem().ItemsAfter.ShouldBe(2 * doubled.DataSteps[0].ItemsBefore);
        plain.DataSteps.ShouldBeEmpty();
        foreach (PreparedRun run in new[] { exact, half, doubled })
        {
            run.HeldOutTokens.ShouldBe(plain.HeldOutTokens);
            run.HeldOutLoss().ShouldBe(plain.HeldOutLoss());
        }
    }

    [Fact]
    public void Methods_that_do_not_go_together_are_refused()
    {
        TrainingMethods mezo = new() { Mezo = new MezoOptions(), Optimizer = null };
        TrainingMethods[] wrong =
        [
            mezo with { Distillation = new DistillationOptions(At("start.gguf")) },
            mezo with { Data = new DataMethods { Selections = [new(SelectionScore.GradientNorm)] } },
            new() { Growth = new GrowthOptions { Blocks = 1 } },
            WithData(new DataMethods { Masking = new MaskingOptions(), FillInTheMiddle = new FillInTheMiddleOptions() }),
            new() { Data = new DataMethods { Masking = new MaskingOptions() }, Distillation = new DistillationOptions(At("start.gguf")) },
            Selected(new SelectionOptions(SelectionScore.GradientNorm) { Proxy = At("start.gguf") }),
            WithData(new DataMethods { TokenDropout = new TokenDropoutOptions { Piece = "<nothing>" } }),
            WithData(new DataMethods { FillInTheMiddle = new FillInTheMiddleOptions() }),
        ];
        foreach (TrainingMethods methods in wrong)
        {
            Should.Throw<InputException>(() => Prepare(methods), methods.ToString());
        }
    }

    // Four bits with half of the weights left out: rounding afterwards costs a nat, of which 80 steps through it bring back two fifths.
    [Fact]
    public void Training_through_the_quantizer_is_at_least_as_good_as_rounding_afterwards()
    {
        double through = WrittenLoss(new TrainingMethods { Rounding = TensorFormat.S24_4 }), afterwards = WrittenLoss(new TrainingMethods()), floats = WrittenLoss(new TrainingMethods(), "F32");
        TestContext.Current.TestOutputHelper?.WriteLine($"floats {floats:0.0000}, through {through:0.0000}, afterwards {afterwards:0.0000}");
        through.ShouldBeLessThan(afterwards);
        (through - floats).ShouldBeLessThan(0.75 * (afterwards - floats));
    }

    double WrittenLoss(TrainingMethods methods, string format = "S24_4")
    {
        using (PreparedRun run = GoOn(methods, recipe => recipe with { Steps = 80, Format = format, LearningRate = 2e-3 }))
        {
            run.Trainer.Run(TestContext.Current.CancellationToken);
            run.Save(At("written.gguf"));
        }

        using ModelFile file = ModelFiles.Open(At("written.gguf"));
        using PreparedRun judge = PreparedRun.Prepare(Recipe() with { Model = null, Start = At("written.gguf") }, new TrainingMethods(), file, "judge", pool);
        return judge.HeldOutLoss();
    }

    public void Dispose()
    {
        pool.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
