using System.Diagnostics;
using System.Text.Json;
using Shoestring.Experiments;
using Shoestring.Peers;
using Shoestring.Techniques;
using Shoestring.Tensors;
using Shoestring.Training;

namespace Shoestring.TrainingSpeed;

/// <summary>Trains three shapes by each method with the command itself, in a process each, and holds what it predicted against what its receipt says.</summary>
sealed class PredictionMeasurement(string text, int threads, double seconds, long leastSteps, string[] chosen) : IDisposable
{
    static readonly string[] methods =
    [
        "adamw", "adamw-8bit", "sgd", "sgd:momentum=0.9", "lion", "adafactor", "galore:rank=32", "lomo", "mezo", "badam:interval=5", "hift", "lisa:interval=5",
        "lora", "checkpointing:keep=blocks", "checkpointing:keep=segments", "checkpointing:keep=without-mixers", "checkpointing:keep=without-feed-forward",
    ];

    static readonly (string Name, string Model, int Context, int Rows)[] shapes =
    [
        ("small", """{ "width": 192, "blocks": 4, "heads": 6, "feedForward": 512 }""", 128, 1024),
        ("11M", """{ "width": 384, "blocks": 6, "heads": 6, "feedForward": 1024, "tied": false }""", 256, 4096),
        ("gpt2", """{ "architecture": "gpt2", "width": 512, "blocks": 4, "heads": 8 }""", 512, 2048),
    ];

    readonly string folder = Directory.CreateTempSubdirectory("shoestring-predictions-").FullName;

    static string Command => Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "Shoestring.Cli", Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)), "shoestring.dll"));

    public PredictionResult Run(TextWriter progress)
    {
        // What the machine does now is what predictions go by.
        Shoestring("bench", "--machine");
        MachineLimits limits = MachineLimits.Load(Directory.GetFiles(folder, "machine*.json", SearchOption.AllDirectories).Single(), out string reason) ?? throw new InvalidOperationException(reason);
        double rate = threads == 1 ? limits.Float32FlopsPerSecondOneThread : limits.Float32FlopsPerSecond;
        List<PredictionCase> cases = [];
        foreach ((string Name, string Model, int Context, int Rows) shape in shapes.Where(shape => chosen.Length == 0 || chosen.Contains(shape.Name)))
        {
            foreach (string method in methods)
            {
                cases.Add(Case(shape, method, rate));
                progress.WriteLine($"{shape.Name} {method}: {cases[^1].Seconds:F2} s, {cases[^1].PeakBytes / 1e6:F1} MB ({cases[^1].MemoryError:P1})");
            }
        }
        for (int i = 0; i < cases.Count; i++)
        {
            PredictionCase[] rest = [.. cases.Where(other => other.Shape != cases[i].Shape)];
            TrainingTime others = TimeFit.Of(rest.Length > 0 ? rest : cases, rate);
            cases[i] = cases[i] with { WithoutShapeSeconds = others.Seconds(cases[i].Features, cases[i].Optimizer, rate) };
        }
        return new PredictionResult("shoestring.training-predictions/1", Machine.Here(), rate, cases.Max(one => Math.Abs(one.MemoryError)), cases.Max(one => Math.Abs(one.TimeError)),
            cases.Max(one => Math.Abs(one.WithoutShapeError)), TimeFit.Of(cases, rate), cases);
    }

    PredictionCase Case((string Name, string Model, int Context, int Rows) shape, string method, double rate)
    {
        string path = Path.Combine(folder, "recipe.json");
        long steps = 1;
        Write(path, shape, method, steps);
        (TrainingFeatures one, string optimizer) = Features(path);
        // As many steps as take the wished time at two thirds of the rate.
        steps = Math.Max(leastSteps, (long)(seconds * rate * 0.66 / (one.Products + one.Attention)));
        Write(path, shape, method, steps);
        JsonElement receipt = Shoestring("train", path, "-o", Path.Combine(folder, "out")).GetProperty("receipt");
        JsonElement memory = receipt.GetProperty("memory").GetProperty("peakResidentBytes"), time = receipt.GetProperty("computation").GetProperty("seconds");
        return new PredictionCase(shape.Name, method, optimizer, memory.GetProperty("predicted").GetDouble(), memory.GetProperty("value").GetDouble(),
            time.GetProperty("predicted").GetDouble(), time.GetProperty("value").GetDouble(), 0, Features(path).Features);
    }

    void Write(string path, (string Name, string Model, int Context, int Rows) shape, string method, long steps) => File.WriteAllText(path, $$"""
        {
          "model": {{shape.Model}}, "vocabulary": { "size": 512 }, "data": { "file": {{JsonSerializer.Serialize(text, PredictionJson.Default.String)}}, "heldOut": 0 },
          "methods": ["{{method}}"], "steps": {{steps}}, "context": {{shape.Context}}, "batchRows": {{shape.Rows}}, "checkpointEvery": 0
        }
        """);

    (TrainingFeatures Features, string Optimizer) Features(string path)
    {
        using WorkerPool pool = new(threads);
        TrainingRecipe recipe = TrainingRecipe.Read(path);
        using PreparedRun run = PreparedRun.Prepare(recipe, TrainingCalls.Methods(recipe.Methods, recipe.Seed), null, "bench", pool);
        return (run.Forecast().Features, run.Methods.Optimizer?.Name ?? "mezo");
    }

    JsonElement Shoestring(params string[] arguments)
    {
        ProcessStartInfo start = new("dotnet", [Command, .. arguments, "--threads", $"{threads}", "--json", "--quiet"]) { RedirectStandardOutput = true };
        foreach (string variable in (string[])["XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"])
        {
            start.Environment[variable] = folder;
        }
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? JsonDocument.Parse(output.TrimEnd('\n').Split('\n')[^1]).RootElement
            : throw new InvalidOperationException($"{string.Join(' ', arguments)} ended with code {process.ExitCode}");
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
