using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Shoestring.Experiments;
using Shoestring.Inference;
using Shoestring.Metering;
using Shoestring.Models;
using Shoestring.Techniques;
using Shoestring.Tensors;

// How well decode and prefill times are predicted for models that the constants were fitted without (README of this folder).
var models = new Argument<string[]>("MODEL:FORMATS") { Description = "a GGUF file and the formats to try it in: model.gguf:F16,Q8_0" };
var rounds = new Option<int>("--rounds") { DefaultValueFactory = _ => 7 };
var output = new Option<string>("--out") { DefaultValueFactory = _ => "predictions.json" };
var root = new RootCommand("Measures rates of models in turns, fits the constants of the predictions, and holds each model against constants fitted without it") { models, rounds, output };
root.SetAction(parsed =>
{
    PredictionResult result = new PredictionBench(parsed.GetValue(models)!, parsed.GetValue(rounds)).Run();
    File.WriteAllText(parsed.GetValue(output)!, JsonSerializer.Serialize(result, PredictionJson.Default.PredictionResult) + "\n");
    Console.WriteLine($"median error decode {result.DecodeMedianError:P1}, prefill {result.PrefillMedianError:P1}");
    Console.WriteLine(result.Decoding);
    Console.WriteLine(result.Prefilling);
});
return root.Parse(args).Invoke();

/// <summary>One model in one format.</summary>
sealed record PredictionCase(string Model, string Format, int PromptTokens, TimeFeatures DecodeStep, double DecodeSeconds, double DecodePredicted, TimeFeatures PrefillStep, double PrefillSeconds, double PrefillPredicted);

/// <summary>All of it; errors are of models that the constants were fitted without, and the constants those fitted over all.</summary>
sealed record PredictionResult(
    string Machine, MachineLimits Limits, int Rounds, double DecodeMedianError, double PrefillMedianError, TimeConstants Decoding, TimeConstants Prefilling, IReadOnlyList<PredictionCase> Cases);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(PredictionResult))]
sealed partial class PredictionJson : JsonSerializerContext;

/// <summary>The measuring and the fit.</summary>
sealed class PredictionBench(string[] models, int rounds)
{
    const int Generated = 64;

    public PredictionResult Run()
    {
        int threads = Environment.ProcessorCount;
        var limits = new List<MachineLimits>();
        using var pool = new WorkerPool(threads);
        List<Case> cases = [.. models.SelectMany(Cases)];
        for (int round = 0; round < rounds; round++)
        {
            // What the machine can do changes with the minutes too.
            limits.Add(MachineLimits.Measure(threads));
            foreach (Case one in cases)
            {
                one.Measure(pool);
            }

            Console.Error.WriteLine($"round {round + 1} of {rounds}");
        }

        var meter = new MeterOptions { Threads = threads, Limits = Median(limits) };
        Measured[] measured = [.. cases.Select(one => one.Result(meter))];
        PredictionCase[] predicted = [.. measured.Select(one => Predict(one, measured))];
        return new PredictionResult(MachineDescription.Current.ToString(), meter.Limits, rounds,
            Median(predicted.Select(one => Math.Abs((one.DecodePredicted / one.DecodeSeconds) - 1))), Median(predicted.Select(one => Math.Abs((one.PrefillPredicted / one.PrefillSeconds) - 1))),
            Decode(measured), Prefill(measured), predicted);
    }

    static PredictionCase Predict(Measured one, Measured[] all)
    {
        Measured[] others = [.. all.Where(other => other.Model != one.Model)];
        return new PredictionCase(one.Model, one.Format, one.Prompt, one.DecodeStep, one.Decode, Decode(others).Seconds(one.DecodeStep), one.PrefillStep, one.Prefill, Prefill(others).Seconds(one.PrefillStep));
    }

    static TimeConstants Decode(IEnumerable<Measured> cases) => TimeConstants.Fit([.. cases.Select(one => (one.DecodeStep, one.Decode))]);

    static TimeConstants Prefill(IEnumerable<Measured> cases) => TimeConstants.Fit([.. cases.Select(one => (one.PrefillStep, one.Prefill))]);

    static MachineLimits Median(IReadOnlyList<MachineLimits> all) => all[^1] with
    {
        ReadBytesPerSecond = Median(all.Select(one => one.ReadBytesPerSecond)),
        Float32FlopsPerSecond = Median(all.Select(one => one.Float32FlopsPerSecond)),
        Kernels = [.. all[0].Kernels.Select((kernel, i) => new KernelRate(kernel.Format, Median(all.Select(one => one.Kernels[i].OneRow)), Median(all.Select(one => one.Kernels[i].ManyRows))))],
    };

    static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    static IEnumerable<Case> Cases(string argument)
    {
        string[] parts = argument.Split(':');
        return parts[1].Split(',').Select(format => new Case(parts[0], format));
    }

    sealed record Measured(string Model, string Format, int Prompt, TimeFeatures DecodeStep, double Decode, TimeFeatures PrefillStep, double Prefill);

    sealed class Case(string path, string format)
    {
        readonly string file = Path.Combine(Path.GetTempPath(), $"predictions-{Path.GetFileNameWithoutExtension(path)}-{format}.gguf");
        readonly List<double> decode = [], prefill = [];
        int prompt;

        public void Measure(WorkerPool pool)
        {
            if (!File.Exists(file))
            {
                using GgufFile given = GgufFile.Open(path);
                GgufRewrite.Plan(given, [TechniqueCall.Parse($"quantize:format={format}")]).Write(file, pool);
            }

            using LanguageModel model = LanguageModel.Load(file, pool);
            prompt = Math.Min(512, model.Configuration.ContextLength);
            using var engine = new Engine(model, pool, new EngineOptions { MaximumSequences = 1, BatchRows = Math.Min(prompt, StepMemory.UsualRows(model.Configuration)) });
            BenchResult result = new ModelBench(model, engine, new BenchOptions { PromptTokens = prompt, GenerateTokens = Generated, Batches = [], Repeats = 1 }).Run();
            decode.Add(1 / result.Decode.Median);
            prefill.Add(prompt / result.Prefill.Median);
        }

        public Measured Result(MeterOptions meter)
        {
            using GgufFile written = GgufFile.Open(file);
            var prediction = new TimePrediction(GgufRewrite.Plan(written, []), meter);
            return new Measured(Path.GetFileNameWithoutExtension(path), format, prompt, prediction.DecodeStep(Generated)!.Value, Median(decode), prediction.PrefillStep(prompt)!.Value, Median(prefill));
        }
    }
}
