using System.Diagnostics;
using System.Globalization;
using Shoestring.Models;
using Shoestring.Techniques;
using Shoestring.Tensors;
using Shoestring.Training;

namespace Shoestring.Ablations;

/// <summary>Trains cells, and the models that they begin with or listen to.</summary>
sealed class CellRunner : IDisposable
{
    /// <summary>What learns, in words.</summary>
    public const string Model = "a Llama of 3 blocks, 64 channels, 512 pieces (0.2 million weights), context 64, batches of 1,024 rows, AdamW at 3e-3";

    const double BeginningShare = 1 / 3.0, TeacherFactor = 2;

    readonly WorkerPool pool;
    readonly string folder = Directory.CreateTempSubdirectory("shoestring-ablations-").FullName;
    readonly string copied;
    readonly string text;
    readonly int steps;

    /// <summary>Prepares texts.</summary>
    public CellRunner(string text, int steps, int threads)
    {
        (this.text, this.steps) = (text, steps);
        pool = new WorkerPool(threads);
        copied = Path.Combine(folder, "copied.txt");
        File.WriteAllText(copied, CopiedText.Of(File.ReadAllText(text)));
    }

    /// <summary>Trains what is not there yet.</summary>
    public void Run(IEnumerable<CellPlan> plans, AblationFile results, CancellationToken cancellation)
    {
        CellPlan[] missing = [.. plans.Where(plan => !results.Has(plan))];
        for (int i = 0; i < missing.Length && !cancellation.IsCancellationRequested; i++)
        {
            Cell cell = Train(missing[i]);
            results.Add(cell);
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{i + 1} of {missing.Length}: {cell.Group}, {cell.Arm}, seed {cell.Seed}: {cell.HeldOutLoss:0.0000} in {cell.Seconds:0.0} s"));
        }
    }

    Cell Train(CellPlan plan)
    {
        Arm arm = plan.Arm;
        string[] methods = [.. arm.Methods.Select(method => Named(method, plan.Seed))];
        string? start = arm.Beginning == Beginning.Trained ? Beginner(plan.Seed) : null;
        long started = Stopwatch.GetTimestamp();
        using PreparedRun run = Prepare(RecipeOf(arm, plan.Seed, start), methods, start);
        run.Trainer.Run();
        double loss = arm.Written is { } format ? WrittenLoss(run, plan.Seed, format) : run.Trainer.History.HeldOut[^1].Loss;
        return new Cell(arm.Group, arm.Name, plan.Seed, loss, run.Model.Operations.Counters.Flops, run.Trainer.State.Tokens, run.TrainingTokens, Stopwatch.GetElapsedTime(started).TotalSeconds);
    }

    // The plan names models by what they are.
    string Named(string method, int seed) => method.Replace("proxy=start", $"proxy={(method.Contains("proxy=start", StringComparison.Ordinal) ? Beginner(seed) : "")}", StringComparison.Ordinal)
        .Replace("teacher=teacher", $"teacher={(method.Contains("teacher=teacher", StringComparison.Ordinal) ? Teacher(seed) : "")}", StringComparison.Ordinal);

    TrainingRecipe RecipeOf(Arm arm, int seed, string? start) => Recipe(seed) with
    {
        Start = start,
        Model = start is null ? Shape : null,
        Data = Data(arm.HasCopies ? copied : text),
        Vocabulary = arm.HasCopies || start is not null ? new VocabularyRecipe { Size = 512 } : new VocabularyRecipe { From = Beginner(0) },
        Format = arm.Written,
    };

    static ModelShape Shape => new() { Width = 64, Blocks = 3, Heads = 4, FeedForward = 176 };

    static DataRecipe Data(string file) => new() { File = file, Division = "blank-line", HeldOut = 0.1 };

    TrainingRecipe Recipe(int seed) => new()
    {
        Data = Data(text),
        Steps = steps,
        LearningRate = 3e-3,
        Context = 64,
        BatchRows = 1024,
        CheckpointEvery = 0,
        Seed = (ulong)seed,
    };

    // Trained on the same training documents: held-out ones are drawn by the seed.
    string Beginner(int seed) => Made($"start-{seed}.gguf", Recipe(seed) with
    {
        Model = Shape,
        Vocabulary = seed == 0 ? new VocabularyRecipe { Size = 512 } : new VocabularyRecipe { From = Beginner(0) },
        Steps = Math.Max(1, (long)(BeginningShare * steps)),
    });

    string Teacher(int seed) => Made($"teacher-{seed}.gguf", Recipe(seed) with
    {
        Model = new ModelShape { Width = 128, Blocks = 4, Heads = 4, FeedForward = 352 },
        Vocabulary = new VocabularyRecipe { From = Beginner(0) },
        Steps = (long)(TeacherFactor * steps),
        LearningRate = 1.5e-3,
    });

    string Made(string name, TrainingRecipe recipe)
    {
        string path = Path.Combine(folder, name);
        if (!File.Exists(path))
        {
            using PreparedRun run = Prepare(recipe, [], null);
            run.Trainer.Run();
            run.Save(path);
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {run.Trainer.History.HeldOut[^1].Loss:0.0000}"));
        }

        return path;
    }

    PreparedRun Prepare(TrainingRecipe recipe, string[] methods, string? start)
    {
        using ModelFile? file = start is null ? null : ModelFiles.Open(start);
        return PreparedRun.Prepare(recipe with { Methods = methods }, TrainingCalls.Methods(methods, recipe.Seed), file, "ablation", pool);
    }

    double WrittenLoss(PreparedRun run, int seed, string format)
    {
        string path = Path.Combine(folder, $"written-{format}.gguf");
        run.Save(path);
        using PreparedRun judge = Prepare(Recipe(seed) with { Start = path }, [], path);
        return judge.HeldOutLoss();
    }

    public void Dispose()
    {
        pool.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
