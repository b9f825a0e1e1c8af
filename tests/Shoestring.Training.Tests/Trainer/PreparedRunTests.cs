using System.Text;
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

    PreparedRun Prepare(TrainingRecipe recipe) => PreparedRun.Prepare(recipe, null, "test", pool);

    public static TheoryData<string> Methods => ["adamw", "adamw-8bit", "lion:weight-decay=0", "adafactor", "galore:rank=8", "lomo", "badam:interval=3", "lisa:interval=3", "hift", "checkpointing", "mezo"];

    [Theory]
    [MemberData(nameof(Methods))]
    public void Forecasts_are_what_is_counted(string method)
    {
        using PreparedRun run = Prepare(Recipe(method));
        TrainingForecast forecast = run.Forecast();
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
    [InlineData("adamw")]
    [InlineData("lomo")]
    [InlineData("adafactor")]
    public void Held_out_loss_falls(string method)
    {
        using PreparedRun run = Prepare(Recipe(method) with { Steps = 80 });
        run.Trainer.Run(TestContext.Current.CancellationToken);
        TrainingHistory history = run.Trainer.History;
        history.HeldOut[^1].Loss.ShouldBeLessThan(0.6 * history.HeldOut[0].Loss);
    }

    [Fact]
    public void A_run_that_goes_on_ends_with_the_bits_of_one_that_never_stopped()
    {
        using PreparedRun whole = Prepare(Recipe()), begun = Prepare(Recipe()), resumed = Prepare(Recipe());
        whole.Trainer.Run(TestContext.Current.CancellationToken);
        for (int step = 0; step < 7; step++)
        {
            begun.Trainer.Step();
        }

        begun.File.Save(At("c"), begun.Trainer.State, begun.Trainer.History);
        resumed.Trainer.Resume(resumed.File, At("c"));
        resumed.Trainer.Run(TestContext.Current.CancellationToken);
        resumed.Trainer.History.Losses.ShouldBe(whole.Trainer.History.Losses);
        for (int i = 0; i < whole.Model.Parameters.Count; i++)
        {
            resumed.Model.Parameters[i].Values.ToArray().ShouldBe(whole.Model.Parameters[i].Values.ToArray());
        }
    }

    [Fact]
    public void Low_rank_deltas_tune_a_written_model()
    {
        using (PreparedRun first = Prepare(Recipe()))
        {
            first.Trainer.Run(TestContext.Current.CancellationToken);
            first.Save(At("model.gguf"));
        }

        using ModelFile start = ModelFiles.Open(At("model.gguf"));
        using PreparedRun run = PreparedRun.Prepare(Recipe("lora:rank=4") with { Model = null, Start = At("model.gguf"), Steps = 30, LearningRate = 1e-2 }, start, "tune", pool);
        TrainingForecast forecast = run.Forecast();
        run.Trainer.Run(TestContext.Current.CancellationToken);
        run.Trainer.History.HeldOut[^1].Loss.ShouldBeLessThan(run.Trainer.History.HeldOut[0].Loss);
        run.Model.Memory.Peak(MemoryKind.Gradients).ShouldBe(forecast.GradientBytes);
        ((double)run.Model.Operations.Counters.Flops).ShouldBe(forecast.Flops);
        run.Model.Parameters.ShouldAllBe(parameter => parameter.Name.Contains("lora", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("lora:rank=4")]
    [InlineData("dora:rank=4")]
    [InlineData("dora:rank=3,norm=full,layers=attn_q+ffn_down")]
    [InlineData("ia3")]
    [InlineData("serial-adapter:inner=6")]
    [InlineData("prompt-tuning:rows=4")]
    [InlineData("prefix-tuning:rows=4")]
    [InlineData("bitfit:add=true")]
    public void What_adapters_cost_is_foreseen(string method)
    {
        using (PreparedRun first = Prepare(Recipe()))
        {
            first.Trainer.Run(TestContext.Current.CancellationToken);
            first.Save(At("model.gguf"));
        }

        using ModelFile start = ModelFiles.Open(At("model.gguf"));
        using PreparedRun run = PreparedRun.Prepare(Recipe(method, "checkpointing:keep=blocks") with { Model = null, Start = At("model.gguf"), Steps = 20, LearningRate = 1e-2 }, start, "tune", pool);
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
