using System.Text;
using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training.Tests;

public sealed class PreparedRunTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("shoestring-run-").FullName;
    readonly WorkerPool pool = new(2);

    public PreparedRunTests()
    {
        var text = new StringBuilder();
        for (int i = 0; i < 400; i++)
        {
            text.Append($"The {(i % 3 == 0 ? "cat" : i % 3 == 1 ? "dog" : "bird")} saw {i % 10} {(i % 2 == 0 ? "red" : "blue")} stones.\n");
        }

        File.WriteAllText(At("text.txt"), text.ToString());
    }

    string At(string name) => Path.Combine(folder, name);

    TrainingRecipe Recipe(params string[] methods) => new()
    {
        Model = new ModelShape { Width = 32, Blocks = 2, Heads = 4, KvHeads = 2 },
        Vocabulary = new VocabularyRecipe { Size = 280 },
        Data = new DataRecipe { File = At("text.txt") },
        Methods = methods,
        Steps = 12,
        LearningRate = methods.Contains("lomo") ? 0.1 : methods.Contains("mezo") ? 1e-4 : methods.Contains("adafactor") ? 0.2 : 3e-3,
        Context = 32,
        BatchRows = 128,
        EvaluateEvery = 5,
        Seed = 3,
    };

    PreparedRun Prepare(TrainingRecipe recipe) => PreparedRun.Prepare(recipe, MethodsOf(recipe), null, "test", pool);

    // What the list of techniques makes of these names, which lies a layer above.
    static TrainingMethods MethodsOf(TrainingRecipe recipe) => recipe.Methods.Aggregate(new TrainingMethods { Seed = recipe.Seed }, With);

    static TrainingMethods With(TrainingMethods methods, string call) => call switch
    {
        "adamw" => methods,
        "adamw-8bit" => methods with { Optimizer = new EightBitAdamOptions() },
        "lion" => methods with { Optimizer = new LionOptions { WeightDecay = 0 } },
        "adafactor" => methods with { Optimizer = new AdafactorOptions() },
        "galore" => methods with { Optimizer = new GaLoreOptions { Rank = 8 } },
        "lomo" => methods with { Optimizer = new SgdOptions(), ReleaseGradients = true },
        "badam:interval=2" => methods with { Blockwise = new BlockwiseOptions(BlockwiseMethod.BAdam) { Interval = 2 } },
        "badam" or "badam:interval=3" => methods with { Blockwise = new BlockwiseOptions(BlockwiseMethod.BAdam) { Interval = 3 } },
        "lisa" or "lisa:interval=3" => methods with { Blockwise = new BlockwiseOptions(BlockwiseMethod.Lisa) { Interval = 3 } },
        "lisa:interval=2,blocks=1" => methods with { Blockwise = new BlockwiseOptions(BlockwiseMethod.Lisa) { Interval = 2, Blocks = 1 } },
        "hift" => methods with { Blockwise = new BlockwiseOptions(BlockwiseMethod.Hift) },
        "checkpointing" or "checkpointing:keep=blocks" => methods with { Checkpointing = Checkpointing.Blocks },
        "segments" or "checkpointing:keep=segments" => methods with { Checkpointing = Checkpointing.Segments },
        "without-mixers" or "checkpointing:keep=without-mixers" => methods with { Checkpointing = Checkpointing.Mixers },
        "mezo" => methods with { Optimizer = null, Mezo = new MezoOptions() },
        "lora" => methods with { LowRank = new LowRankOptions { Rank = 4, Seed = methods.Seed } },
        var other => throw new ArgumentException(other),
    };

    public static TheoryData<string> Methods => ["adamw", "adamw-8bit", "lion", "adafactor", "galore", "lomo", "badam:interval=3", "lisa:interval=3", "hift", "checkpointing", "mezo"];

    public static TheoryData<string> Blockwise => ["badam:interval=3", "lisa:interval=3", "hift"];

    // One block of two, or embedding and head with it, and what lies below is not gone through.
    [Theory]
    [MemberData(nameof(Blockwise))]
    public void Blockwise_methods_hold_gradients_of_what_learns_alone(string method)
    {
        using PreparedRun whole = Prepare(Recipe() with { Model = Deep }), part = Prepare(Recipe(method) with { Model = Deep });
        whole.Trainer.Run(TestContext.Current.CancellationToken);
        part.Trainer.Run(TestContext.Current.CancellationToken);
        part.Model.Memory.Peak(MemoryKind.Gradients).ShouldBeLessThan(whole.Model.Memory.Peak(MemoryKind.Gradients));
        part.Model.Operations.Counters.Flops.ShouldBeLessThan(whole.Model.Operations.Counters.Flops);
        part.Model.Parameters.Count(parameter => parameter.HasGradient).ShouldBeLessThan(part.Model.Parameters.Count);
        part.Trainer.History.Losses[^1].ShouldBeLessThan(part.Trainer.History.Losses[0]);
    }

    static ModelShape Deep => new() { Width = 32, Blocks = 4, Heads = 4, KvHeads = 2 };

    [Theory]
    [InlineData("badam:interval=2", "checkpointing:keep=segments")]
    [InlineData("hift", "checkpointing:keep=blocks")]
    [InlineData("lisa:interval=2,blocks=1", "checkpointing:keep=without-mixers")]
    [InlineData("lomo", "badam:interval=2")]
    [InlineData("lomo", "checkpointing:keep=segments")]
    [InlineData("lora", "checkpointing")]
    public void Forecasts_of_methods_together_are_what_is_counted(string first, string second)
    {
        using PreparedRun run = Prepare(Recipe(first, second) with { Model = Deep, ClipNorm = 0.5 });
        Counted(run);
    }

    // MeZO (arXiv 2305.17333, §2): what inference holds, and not a byte more.
    [Fact]
    public void Mezo_holds_what_a_forward_pass_holds()
    {
        using PreparedRun run = Prepare(Recipe("mezo")), looking = Prepare(Recipe("mezo"));
        run.Trainer.Run(TestContext.Current.CancellationToken).ShouldBe(TrainingEnd.Done);
        looking.HeldOutLoss();
        TrainingBatch batch = new();
        BatchStream batches = looking.Batches;
        for (int i = 0; i < run.Recipe.Steps; i++)
        {
            batches.Next(batch);
            looking.Model.Evaluate(batch);
        }

        run.Model.Memory.PeakTotal.ShouldBe(looking.Model.Memory.PeakTotal);
        run.Model.Memory.Peak(MemoryKind.Gradients).ShouldBe(0);
        run.Model.Memory.Peak(MemoryKind.Optimizer).ShouldBe(0);
        run.Trainer.History.Losses.ShouldAllBe(loss => double.IsFinite(loss));
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Forecasts_are_what_is_counted(string method)
    {
        using PreparedRun run = Prepare(Recipe(method));
        Counted(run);
    }

    static void Counted(PreparedRun run)
    {
        TrainingForecast forecast = run.Forecast();
        run.Trainer.Run(TestContext.Current.CancellationToken).ShouldBe(TrainingEnd.Done);
        MemoryAccount memory = run.Model.Memory;
        memory.Peak(MemoryKind.Weights).ShouldBe(forecast.WeightBytes);
        memory.Peak(MemoryKind.Gradients).ShouldBe(forecast.GradientBytes);
        memory.Peak(MemoryKind.Optimizer).ShouldBe(forecast.OptimizerBytes);
        memory.Peak(MemoryKind.Activations).ShouldBe(forecast.ActivationBytes);
        memory.Peak(MemoryKind.Scratch).ShouldBe(forecast.ScratchBytes);
        run.Trainer.State.Tokens.ShouldBe(forecast.Tokens);
        ((double)run.Model.Operations.Counters.Flops).ShouldBe(forecast.Flops);
    }

    [Theory]
    [InlineData("adamw")]
    [InlineData("lomo")]
    [InlineData("adafactor")]
    public void Held_out_loss_falls(string method)
    {
        using PreparedRun run = Prepare(Recipe(method) with { Steps = 80 });
        run.Trainer.Run(TestContext.Current.CancellationToken);
        TrainingHistory history = run.Trainer.History;
        history.HeldOut[^1].Loss.ShouldBeLessThan(0.6 * history.HeldOut[0].Loss);
        HeldOutDrop drop = run.Drop!.Value;
        drop.Mean.ShouldBe(history.HeldOut[0].Loss - history.HeldOut[^1].Loss, 1e-9);
        drop.HalfWidth.ShouldBeInRange(1e-6, 0.2 * drop.Mean);
    }

    [Fact]
    public void A_run_that_goes_on_ends_with_the_bits_of_one_that_never_stopped()
    {
        using PreparedRun whole = Prepare(Recipe()), begun = Prepare(Recipe()), resumed = Prepare(Recipe());
        whole.Trainer.Run(TestContext.Current.CancellationToken);
        using var stop = new CancellationTokenSource();
        begun.Progress = new AfterStep(7, stop.Cancel);
        begun.Trainer.Run(stop.Token).ShouldBe(TrainingEnd.Interrupted);
        begun.File.Save(At("c"), begun.Trainer.State, begun.Trainer.History);
        resumed.Trainer.Resume(resumed.File, At("c"));
        resumed.Trainer.Run(TestContext.Current.CancellationToken);
        resumed.Trainer.History.Losses.ShouldBe(whole.Trainer.History.Losses);
        resumed.Drop.ShouldBe(whole.Drop!.Value);
        for (int i = 0; i < whole.Model.Parameters.Count; i++)
        {
            resumed.Model.Parameters[i].Values.ToArray().ShouldBe(whole.Model.Parameters[i].Values.ToArray());
        }
    }

    sealed class AfterStep(long last, Action act) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Step == last)
            {
                act();
            }
        }
    }

    void WriteStart()
    {
        using PreparedRun first = Prepare(Recipe());
        first.Trainer.Run(TestContext.Current.CancellationToken);
        first.Save(At("model.gguf"));
    }

    [Fact]
    public void Frozen_matrices_are_held_as_a_quantized_file_has_them()
    {
        WriteStart();
        using ModelFile start = ModelFiles.Open(At("model.gguf"));
        TrainingRecipe recipe = Recipe("lora") with { Model = null, Start = At("model.gguf"), LearningRate = 1e-2 };
        using PreparedRun run = PreparedRun.Prepare(recipe, MethodsOf(recipe) with { FrozenFormat = TensorFormat.Q4_0 }, start, "tune", pool);
        foreach (NamedWeight weight in run.Model.Transformer.Weights.Where(weight => weight.Matrix is not null && !weight.Name.Contains("lora", StringComparison.Ordinal)))
        {
            bool isOfBlock = weight.Name.StartsWith("blk.", StringComparison.Ordinal);
            weight.Matrix!.Format.ShouldBe(isOfBlock ? TensorFormat.Q4_0 : start.Find(weight.Name)!.Format, weight.Name);
            byte[] bytes = new byte[weight.Matrix.Layout.RowBytes];
            float[] held = new float[weight.Matrix.Columns];
            weight.Matrix.CopyRow(3, bytes);
            weight.Matrix.Format.Decode(bytes, held);
            held.ShouldBe(Row(start, weight.Name, isOfBlock ? TensorFormat.Q4_0 : null));
        }

        Counted(run);
        run.Trainer.History.HeldOut[^1].Loss.ShouldBeLessThan(run.Trainer.History.HeldOut[0].Loss);
    }

    static float[] Row(ModelFile file, string name, TensorFormat? through)
    {
        TensorEntry entry = file.Find(name)!;
        byte[] bytes = new byte[entry.Format.RowBytes(entry.Shape.Columns)];
        file.Read(entry, 3 * bytes.Length, bytes);
        float[] values = new float[entry.Shape.Columns];
        entry.Format.Decode(bytes, values);
        if (through is { } format)
        {
            byte[] encoded = new byte[format.RowBytes(values.Length)];
            format.Encode(values, encoded);
            format.Decode(encoded, values);
        }

        return values;
    }

    [Fact]
    public void A_base_whose_blocks_do_not_fit_is_refused()
    {
        WriteStart();
        using ModelFile start = ModelFiles.Open(At("model.gguf"));
        TrainingRecipe recipe = Recipe("lora") with { Model = null, Start = At("model.gguf") };
        Should.Throw<InputException>(() => PreparedRun.Prepare(recipe, MethodsOf(recipe) with { FrozenFormat = TensorFormat.NF4 }, start, "tune", pool)).Cure.ShouldContain("base=");
    }

    [Fact]
    public void Low_rank_deltas_tune_a_written_model()
    {
        WriteStart();
        using ModelFile start = ModelFiles.Open(At("model.gguf"));
        TrainingRecipe recipe = Recipe("lora") with { Model = null, Start = At("model.gguf"), Steps = 30, LearningRate = 1e-2 };
        using PreparedRun run = PreparedRun.Prepare(recipe, MethodsOf(recipe), start, "tune", pool);
        TrainingForecast forecast = run.Forecast();
        run.Trainer.Run(TestContext.Current.CancellationToken);
        run.Trainer.History.HeldOut[^1].Loss.ShouldBeLessThan(run.Trainer.History.HeldOut[0].Loss);
        run.Model.Memory.Peak(MemoryKind.Gradients).ShouldBe(forecast.GradientBytes);
        ((double)run.Model.Operations.Counters.Flops).ShouldBe(forecast.Flops);
        run.Model.Parameters.ShouldAllBe(parameter => parameter.Name.Contains("lora", StringComparison.Ordinal));
    }

    public static TheoryData<string> Adapters => ["lora", "dora", "dora-full", "ia3", "serial-adapter", "prompt-tuning", "prefix-tuning", "bitfit"];

    static TrainingMethods Adapter(string name) => name switch
    {
        "lora" => new() { LowRank = new LowRankOptions { Rank = 4 } },
        "dora" => new() { LowRank = new LowRankOptions { Rank = 4, Magnitude = MagnitudeKind.Detached } },
        "dora-full" => new() { LowRank = new LowRankOptions { Rank = 3, Magnitude = MagnitudeKind.Full, Layers = ["attn_q", "ffn_down"] } },
        "ia3" => new() { Channels = new ChannelOptions() },
        "serial-adapter" => new() { Serial = new SerialOptions { Inner = 6 } },
        "prompt-tuning" => new() { Virtual = new VirtualOptions { Rows = 4 } },
        "prefix-tuning" => new() { Virtual = new VirtualOptions { Rows = 4, IsPrefix = true } },
        _ => new() { Biases = new BiasOptions { AddsMissing = true } },
    };

    [Theory]
    [MemberData(nameof(Adapters))]
    public void What_adapters_cost_is_foreseen(string method)
    {
        using (PreparedRun first = Prepare(Recipe()))
        {
            first.Trainer.Run(TestContext.Current.CancellationToken);
            first.Save(At("model.gguf"));
        }

        using ModelFile start = ModelFiles.Open(At("model.gguf"));
        TrainingRecipe recipe = Recipe(method) with { Model = null, Start = At("model.gguf"), Steps = 20, LearningRate = 1e-2 };
        using PreparedRun run = PreparedRun.Prepare(recipe, Adapter(method) with { Checkpointing = Checkpointing.Blocks }, start, "tune", pool);
        TrainingForecast forecast = run.Forecast();
        run.Trainer.Run(TestContext.Current.CancellationToken);
        run.Trainer.History.HeldOut[^1].Loss.ShouldBeLessThan(run.Trainer.History.HeldOut[0].Loss);
        MemoryAccount memory = run.Model.Memory;
        memory.Peak(MemoryKind.Weights).ShouldBe(forecast.WeightBytes);
        memory.Peak(MemoryKind.Gradients).ShouldBe(forecast.GradientBytes);
        memory.Peak(MemoryKind.Optimizer).ShouldBe(forecast.OptimizerBytes);
        memory.Peak(MemoryKind.Activations).ShouldBe(forecast.ActivationBytes);
        ((double)run.Model.Operations.Counters.Flops).ShouldBe(forecast.Flops);
    }

    [Fact]
    public void A_recipe_is_read_with_its_paths_beside_it()
    {
        File.WriteAllText(At("recipe.json"), """{ "model": { "width": 32, "blocks": 1, "heads": 2 }, "data": { "file": "text.txt" }, "steps": 3, "methods": ["lion"] }""");
        TrainingRecipe recipe = TrainingRecipe.Read(At("recipe.json"));
        recipe.Data.File.ShouldBe(At("text.txt"));
        recipe.Steps.ShouldBe(3);
        recipe.Methods.ShouldBe(["lion"]);
    }

    [Theory]
    [InlineData("{", "recipe.json:1")]
    [InlineData("""{ "data": { "file": "text.txt" } }""", "neither")]
    [InlineData("""{ "start": "a", "model": { "width": 32, "blocks": 1, "heads": 2 }, "data": { "file": "text.txt" } }""", "both")]
    [InlineData("""{ "start": "a", "data": { "file": "text.txt" }, "step": 3 }""", "step")]
    [InlineData("""{ "start": "a" }""", "data")]
    public void What_is_wrong_with_a_recipe_is_told(string json, string said)
    {
        File.WriteAllText(At("recipe.json"), json);
        Should.Throw<InputException>(() => TrainingRecipe.Read(At("recipe.json"))).Message.ShouldContain(said);
    }

    public void Dispose()
    {
        pool.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
