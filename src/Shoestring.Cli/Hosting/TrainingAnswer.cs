using Shoestring.Training;

namespace Shoestring.Cli;

/// <summary>What a run of training came to.</summary>
/// <param name="run">The run.</param>
/// <param name="end">How it ended.</param>
/// <param name="folder">Its folder.</param>
/// <param name="written">Models, adapters' files and folders that it left there.</param>
sealed class TrainingAnswer(PreparedRun run, TrainingEnd end, string folder, IReadOnlyList<string> written)
{
    TrainingHistory History => run.Trainer.History;

    double? LastHeldOut => History.HeldOut.Count > 0 ? History.HeldOut[^1].Loss : null;

    // Single batches differ; the last tenth of the steps tells more than the last one.
    double LastLoss => History.Losses.Count == 0 ? double.NaN : History.Losses.TakeLast(Math.Max(1, History.Losses.Count / 10)).Average();

    /// <summary>The answer with its report.</summary>
    public Answer Of(string kind, string name, TrainingPrediction forecast)
    {
        var report = new WorkReport(new Work(kind, run.Trainer.State.Tokens) { Model = name })
        {
            Counted = Counted(),
            Quality = run.KeptHeldOutLoss is { } loss ? new QualityFigures { Perplexity = Figure.Counted(Math.Exp(loss), Units.One, $"held-out tokens: exp of the mean over {run.HeldOutTokens}") } : new QualityFigures(),
        };
        return new Answer(report, writer => Fields(writer, forecast))
        {
            // Whoever stops or goes on in the middle did not do what was predicted for the whole.
            Prediction = end == TrainingEnd.Done && History.Losses.Count == run.Recipe.Steps ? forecast.Prediction : null,
            Text = Write,
            Receipted = receipt => Report(name, receipt, forecast),
        };
    }

    // A run that goes on later has its report at its end.
    void Report(string name, Receipt receipt, TrainingPrediction forecast)
    {
        if (end == TrainingEnd.Interrupted)
        {
            return;
        }

        new TrainingReport(name, run.Recipe, History, receipt)
        {
            End = Name(end),
            KeptHeldOutLoss = run.KeptHeldOutLoss,
            Steps = run.Trainer.State.Step,
            Learned = forecast.Learned,
            Parameters = forecast.Parameters,
            Files = [.. written.SelectMany(Files)],
            Notes = [.. run.DataSteps.Select(step => step.ToString()), .. Bad()],
            Version = VersionLine.Version,
            Time = TimeProvider.System.GetUtcNow(),
        }.Write(ReportPath);
    }

    IEnumerable<string> Bad() => run.Bad.Count > 0 ? [$"{run.Bad.Count} records were passed over, the first {run.Bad.Descriptions[0]}"] : [];

    string ReportPath => Path.Combine(folder, "report.html");

    // Adapters in two forms are stored twice.
    long? Stored => written.Count == 0 ? null
        : written.SelectMany(Files).Sum(path => new FileInfo(path).Length);

    static string[] Files(string path) => Directory.Exists(path) ? Directory.GetFiles(path) : [path];

    Cost Counted()
    {
        MemoryAccount memory = run.Model.Memory;
        WorkCounters counters = run.Model.Operations.Counters;
        return new Cost
        {
            Operations = ModelWork.Operations(counters),
            WeightBytes = memory.Peak(MemoryKind.Weights),
            ActivationBytes = memory.Peak(MemoryKind.Activations) + memory.Peak(MemoryKind.Scratch),
            GradientBytes = memory.Peak(MemoryKind.Gradients),
            OptimizerBytes = memory.Peak(MemoryKind.Optimizer),
            StoredBytes = Stored,
            WeightBytesMoved = counters.WeightBytesRead,
        };
    }

    void Write(TextWriter output)
    {
        string losses = History.Losses.Count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", loss {History.Losses[0]:0.0000} to {LastLoss:0.0000}");
        string heldOut = History.HeldOut.Count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", held out {History.HeldOut[0].Loss:0.0000} to {run.KeptHeldOutLoss:0.0000}")
            + (run.Drop is { } drop ? string.Create(CultureInfo.InvariantCulture, $" ({-drop.Mean:+0.0000;-0.0000} ± {drop.HalfWidth:0.0000} over {drop.Texts} texts)") : "");
        string where = end == TrainingEnd.Interrupted ? folder : string.Join(" and ", written);
        output.WriteLine($"{where}: {Name(end)} after {run.Trainer.State.Step} of {run.Recipe.Steps} steps{losses}{heldOut}");
    }

    void Fields(Utf8JsonWriter writer, TrainingPrediction forecast)
    {
        writer.WriteString("output", folder);
        writer.WriteString("model", written.FirstOrDefault(path => Path.GetFileName(path) == TrainingRun.ModelName));
        writer.Strings("adapters", written.Where(path => Path.GetFileName(path) != TrainingRun.ModelName));
        writer.WriteString("report", end == TrainingEnd.Interrupted ? null : ReportPath);
        writer.WriteString("end", Name(end));
        writer.WriteNumber("steps", run.Trainer.State.Step);
        writer.WriteNumber("tokens", run.Trainer.State.Tokens);
        writer.WriteNumber("trainableParameters", forecast.Learned);
        writer.WriteNumber("parameters", forecast.Parameters);
        writer.Number("firstLoss", History.Losses.Count > 0 ? History.Losses[0] : null);
        writer.Number("lastLoss", LastLoss);
        writer.Number("firstHeldOutLoss", History.HeldOut.Count > 0 ? History.HeldOut[0].Loss : null);
        writer.Number("lastHeldOutLoss", LastHeldOut);
        writer.Number("heldOutDrop", run.Drop?.Mean);
        writer.Number("heldOutDropHalfWidth", run.Drop?.HalfWidth);
        writer.Number("bestHeldOutLoss", run.Trainer.State.BestHeldOut);
        writer.WriteNumber("bestStep", run.Trainer.State.BestStep);
        writer.WriteNumber("badRecords", run.Bad.Count);
        writer.Objects("data", run.DataSteps, step =>
        {
            writer.WriteString("method", step.Method);
            writer.WriteNumber("textsBefore", step.ItemsBefore);
            writer.WriteNumber("textsAfter", step.ItemsAfter);
            writer.WriteNumber("tokensBefore", step.TokensBefore);
            writer.WriteNumber("tokensAfter", step.TokensAfter);
        });
    }

    static string Name(TrainingEnd end) => end switch
    {
        TrainingEnd.Done => "done",
        TrainingEnd.StoppedEarly => "stopped early",
        _ => "interrupted",
    };
}
