using System.Text;
using Shoestring.Tensors;

namespace Shoestring.Training.Tests;

/// <summary>Child-tuning changes the weights that its mask chooses, those of the largest squared gradients, and no bit of any other.</summary>
public sealed class ChildTuningTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("shoestring-mask-").FullName;
    readonly WorkerPool pool = new(2);

    public ChildTuningTests()
    {
        File.WriteAllText(At("text.txt"), Lines("cat", "stones."));
        File.WriteAllText(At("other.txt"), Lines("fox", "plums!"));
        using PreparedRun run = PreparedRun.Prepare(Recipe("text.txt") with { Model = new ModelShape { Width = 40, Blocks = 2, Heads = 4 }, Vocabulary = new VocabularyRecipe { Size = 270 } }, new TrainingMethods(), null, "start", pool);
        run.Trainer.Run();
        run.Save(At("model.gguf"));
    }

    static string Lines(string who, string what)
    {
        StringBuilder text = new();
        for (int i = 0; i < 300; i++)
        {
            text.Append($"The {who} saw {i % 10} {what}\n");
        }
        return text.ToString();
    }

    string At(string name) => Path.Combine(folder, name);

    TrainingRecipe Recipe(string text) => new()
    {
        Data = new DataRecipe { File = At(text) },
        Steps = 30,
        LearningRate = 3e-3,
        Context = 32,
        BatchRows = 64,
        EvaluateEvery = 30,
        Seed = 3,
    };

    PreparedRun Tuned(ChildTuningOptions? options, OptimizerOptions? optimizer = null, bool releases = false)
    {
        using ModelFile start = ModelFiles.Open(At("model.gguf"));
        TrainingMethods methods = new() { ChildTuning = options, Optimizer = optimizer ?? new AdamWOptions(), ReleaseGradients = releases };
        return PreparedRun.Prepare(Recipe("other.txt") with { Start = At("model.gguf") }, methods, start, "tune", pool);
    }

    static OptimizerOptions Optimizer(string name) => name switch
    {
        "adamw" => new AdamWOptions { WeightDecay = 0 },
        "adamw-8bit" => new EightBitAdamOptions { WeightDecay = 0 },
        "lion" => new LionOptions { WeightDecay = 0 },
        "adafactor" => new AdafactorOptions(),
        _ => new SgdOptions(),
    };

    [Theory]
    [InlineData("adamw")]
    [InlineData("adamw-8bit")]
    [InlineData("lion")]
    [InlineData("adafactor")]
    [InlineData("sgd")]
    [InlineData("lomo")]
    public void Weights_outside_of_the_mask_keep_every_bit(string optimizer)
    {
        using PreparedRun run = Tuned(new ChildTuningOptions { Share = 0.2, Documents = 16 }, Optimizer(optimizer), optimizer == "lomo");
        float[][] before = [.. run.Model.Parameters.Select(parameter => parameter.Values.ToArray())];
        run.Trainer.Run(TestContext.Current.CancellationToken);
        long changed = 0, all = run.Model.Parameters.Sum(parameter => parameter.Elements);
        for (int parameter = 0; parameter < before.Length; parameter++)
        {
            ReadOnlySpan<float> after = run.Model.Parameters[parameter].Values;
            for (int i = 0; i < after.Length; i++)
            {
                bool differs = BitConverter.SingleToInt32Bits(after[i]) != BitConverter.SingleToInt32Bits(before[parameter][i]);
                (differs && !run.Mask!.Has(parameter, i)).ShouldBeFalse(run.Model.Parameters[parameter].Name);
                changed += differs ? 1 : 0;
            }
        }
        run.Mask!.Chosen.ShouldBe((long)Math.Round(0.2 * all));
        changed.ShouldBeInRange(run.Mask.Chosen / 2, run.Mask.Chosen);
        run.Trainer.History.HeldOut[^1].Loss.ShouldBeLessThan(run.Trainer.History.HeldOut[0].Loss);
    }

    [Fact]
    public void The_mask_holds_the_largest_squared_gradients()
    {
        using PreparedRun run = Tuned(new ChildTuningOptions { Share = 0.1, Documents = 12 });
        using ModelFile start = ModelFiles.Open(At("model.gguf"));
        using TrainableModel model = TrainableModel.Load(start, pool);
        double[][] sums = [.. model.Parameters.Select(parameter => new double[parameter.Values.Length])];
        using PreparedRun plain = Tuned(null);
        TrainingText text = TrainingText.Read(plain.Recipe.Data, model.Tokenizer, plain.Recipe.Seed, model.Memory);
        BatchStream stream = new(text.Store, text.Split.Training, new BatchOptions { Context = 32, Rows = 32, Seed = 3 });
        TrainingBatch batch = new();
        for (int documents = 0; documents < 12;)
        {
            stream.Next(batch);
            for (int i = 0; i < batch.Documents.Length && documents < 12; i++, documents++)
            {
                RowRange rows = batch.Documents[i];
                TrainingBatch one = new();
                one.Add(batch.Tokens.Slice(rows.First, rows.Count), batch.Targets.Slice(rows.First, rows.Count), batch.Weights.Slice(rows.First, rows.Count));
                model.ClearGradients();
                model.Step(one, new StepOptions { Scale = (float)(1 / one.TotalWeight) });
                for (int parameter = 0; parameter < sums.Length; parameter++)
                {
                    float[] gradient = model.Parameters[parameter].Gradient.ToArray();
                    for (int k = 0; k < gradient.Length; k++)
                    {
                        sums[parameter][k] += (double)gradient[k] * gradient[k];
                    }
                }
            }
        }
        text.Dispose();
        double leastIn = double.MaxValue, mostOut = 0;
        for (int parameter = 0; parameter < sums.Length; parameter++)
        {
            for (int k = 0; k < sums[parameter].Length; k++)
            {
                (leastIn, mostOut) = run.Mask!.Has(parameter, k) ? (Math.Min(leastIn, sums[parameter][k]), mostOut) : (leastIn, Math.Max(mostOut, sums[parameter][k]));
            }
        }
        leastIn.ShouldBeGreaterThanOrEqualTo(mostOut * (1 - 1e-5));
    }

    [Fact]
    public void A_random_mask_is_as_large_and_another_and_the_cost_is_foreseen()
    {
        using PreparedRun fisher = Tuned(new ChildTuningOptions { Share = 0.05, Documents = 8 }), random = Tuned(new ChildTuningOptions { Share = 0.05, Mask = MaskKind.Random });
        random.Mask!.Chosen.ShouldBe(fisher.Mask!.Chosen);
        long shared = 0;
        for (int parameter = 0; parameter < fisher.Model.Parameters.Count; parameter++)
        {
            for (int i = 0; i < fisher.Model.Parameters[parameter].Values.Length; i++)
            {
                shared += fisher.Mask.Has(parameter, i) && random.Mask.Has(parameter, i) ? 1 : 0;
            }
        }
        ((double)shared / fisher.Mask.Chosen).ShouldBe(0.05, 0.02);
        TrainingForecast forecast = fisher.Forecast();
        fisher.Trainer.Run(TestContext.Current.CancellationToken);
        ((double)fisher.Model.Operations.Counters.Flops).ShouldBe(forecast.Flops);
    }

    [Fact]
    public void What_would_move_masked_weights_is_refused()
    {
        TrainingMethods child = new() { ChildTuning = new ChildTuningOptions() };
        Should.Throw<InputException>(() => (child with { Optimizer = new GaLoreOptions() }).Checked()).Message.ShouldContain("galore");
        Should.Throw<InputException>(() => (child with { Optimizer = null, Mezo = new MezoOptions() }).Checked()).Message.ShouldContain("mezo");
        Should.Throw<InputException>(() => (child with { Optimizer = new LionOptions() }).Checked()).Message.ShouldContain("weight-decay=0");
        child.Checked().Optimizer!.WeightDecay.ShouldBe(0);
        Should.Throw<InputException>(() => (child with { LowRank = new LowRankOptions(), Channels = new ChannelOptions() }).Checked()).Message.ShouldContain("once");
    }

    public void Dispose()
    {
        pool.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
