using Shoestring.Models;
using Shoestring.Techniques;

namespace Shoestring.Cli;

/// <summary>One search, from its candidates to the files that it leaves.</summary>
sealed class OptimizeRun(Session session, GgufFile model, string name, ScoredText text, Budget budget, string folder)
{
    /// <summary>How long it may take, or null.</summary>
    public TimeSpan? Time { get; init; }

    /// <summary>Tokens of a chunk, or null for what suits the model.</summary>
    public int? Context { get; init; }

    /// <summary>The text for techniques to look at the model with, or null.</summary>
    public ScoredText? Calibration { get; init; }

    /// <summary>Its path as the user gave it, or null.</summary>
    public string? CalibrationPath { get; init; }

    /// <summary>The model's path as the user gave it: what <c>model</c> was converted from, or its own.</summary>
    public required string ModelPath { get; init; }

    /// <summary>The text's path as the user gave it.</summary>
    public required string TextPath { get; init; }

    /// <summary>Searches and writes report, result and chosen model.</summary>
    public Answer Run()
    {
        using var pool = new WorkerPool(session.Threads);
        MeterOptions meter = Meter();
        MeasurerOptions options = MeasurerOptions.For(ConfigurationReader.Read(model).ContextLength, model.Tensors.Sum(tensor => tensor.Shape.Elements), meter, folder, Context, session.Seed);
        CheckLength(options.Scoring);
        string identity = ContentHash.Of(ModelPath, session.Cancellation);
        options = options with { Calibration = CalibrationOf(options.Scoring.Context), Identity = identity };
        using var measurer = new ModelMeasurer(model, text.Text, text.Name, pool, options);
        OptimizeResult Search(IProgress<SearchProgress> progress) => new SearchDriver(measurer, Options(options, progress)).Run(session.Cancellation);
        OptimizeResult found = session.Host.ErrorIsTerminal && !session.Quiet ? LiveSearch.Run(session.Host, Search) : Search(new SearchLines(session));
        OptimizeResult result = Keep(found with
        {
            Sensitivity = Sensitivity(options, found, pool),
            Calibration = options.Calibration is null ? null : new SearchCalibration(CalibrationPath!, TextPath == CalibrationPath, CalibrationTokens, options.Scoring.Context),
        }, measurer);
        var report = new WorkReport(measurer.Work with { Model = name }) { Counted = measurer.Counted with { StoredBytes = result.Chosen?.StoredBytes } };
        return new Answer(report, _ => { })
        {
            Text = output => OptimizeText.Write(output, session.Host, result),
            Document = receipt => OptimizeJson.Write(result with { Receipt = receipt }),
            ExitCode = result.Interrupted ? ExitCodes.Interrupted : result.Choice.Met ? ExitCodes.Done : ExitCodes.Failed,
        };
    }

    SearchOptions Options(MeasurerOptions options, IProgress<SearchProgress> progress)
    {
        CandidateSpace candidates = CandidateSpace.For(model, options.Calibration is not null);
        return new SearchOptions
        {
            Model = new SearchedModel(name, ModelPath, options.Identity),
            Text = new SearchText(text.Name, TextPath, ContentHash.Of(text.Bytes)),
            Candidates = candidates.Plans,
            LeftOut = candidates.LeftOut,
            Settings = options.ToString(),
            Budget = budget,
            StoreFile = Path.Combine(folder, "measurements.jsonl"),
            TimeBudget = Time,
            Progress = progress,
            Seed = session.Seed,
            Meter = options.Meter with { ResetPeak = false },
            Version = VersionLine.Version,
        };
    }

    // Every matrix runs through the model for it, which takes large models longer than a search should.
    const long MostElementsForSensitivity = 500_000_000;

    SensitivityTable? Sensitivity(MeasurerOptions options, OptimizeResult found, WorkerPool pool)
    {
        if (options.Calibration is not { } calibration || found.Interrupted || Time is not null || model.Tensors.Sum(tensor => tensor.Shape.Elements) > MostElementsForSensitivity)
        {
            return null;
        }

        session.Note("measuring where rounding hurts");
        var how = new SensitivityOptions { Tokens = 512, Method = SensitivityMethod.ScaledDivergence };
        return session.Track("where rounding hurts", "matrix", progress => SensitivityMeasurement.Measure(model, calibration, null, pool, how, new RewriteAmounts(progress), session.Cancellation));
    }

    // A quarter of what apply takes unless told otherwise: there are dozens of candidates to make.
    const int CalibrationTokens = CalibrationText.UsualTokens / 4;

    CalibrationText? CalibrationOf(int length) =>
        Calibration is { } given ? CalibrationText.Cut(TokenizerFiles.Load(model), given.Text, given.Name, length, CalibrationTokens) : null;

    // Two chunks are the least that an interval can be made from.
    void CheckLength(ScoringOptions scoring)
    {
        Tokenizer tokenizer = TokenizerFiles.Load(model);
        (_, int chunks) = Perplexity.Prepare(tokenizer, text.Text, text.Name, scoring);
        if (chunks < 2)
        {
            throw new InputException($"the text gives {chunks} chunk of {scoring.Context} tokens, and two are the least", text.Name, "give a longer text or a smaller --context");
        }
    }

    OptimizeResult Keep(OptimizeResult found, ModelMeasurer measurer)
    {
        string? chosen = found.Chosen is null || found.Interrupted ? null : Write(found.Chosen, measurer);
        string report = Path.Combine(folder, "report.html");
        OptimizeResult result = found with { Report = report, ChosenModel = chosen };
        HtmlReport.Write(result, report);
        UserFiles.Write(Path.Combine(folder, "result.json"), writer => writer.WriteLine(OptimizeJson.Write(result)));
        foreach (string warning in result.Warnings)
        {
            session.Warn(warning);
        }

        return result;
    }

    string Write(Candidate chosen, ModelMeasurer measurer)
    {
        string path = Path.Combine(folder, "model.gguf");
        session.Note($"writing {chosen.Label} to {path}");
        measurer.Write(new CandidatePlan(chosen.Techniques), path, session.Cancellation);
        return path;
    }

    // Predictions are shares of what the machine can do, so a search measures that where it was never measured.
    MeterOptions Meter()
    {
        MeterOptions options = MeterOptions.FromUser(session.Threads, session.Region, session.Host.Folders);
        return options.Limits is not null ? options : options with { Limits = MachineBench.Measure(session) };
    }

    /// <summary>A line for each piece, where there is no terminal to draw a table on.</summary>
    sealed class SearchLines(Session session) : IProgress<SearchProgress>
    {
        public void Report(SearchProgress value)
        {
            if (value.State is not CandidateState.Measuring)
            {
                session.Note(string.Create(CultureInfo.InvariantCulture, $"{value.Done} of {value.Total}: {value.Current} {Name(value.State)}{Known(value.Row)}, {value.Elapsed.TotalSeconds:0.0} s"));
            }
        }

        static string Known(Candidate? row) => row?.Quality.Value is { } quality && row.StoredBytes is { } bytes
            ? string.Create(CultureInfo.InvariantCulture, $" ({FigureText.Bytes(bytes)}, {quality:0.00} %)") : "";

        static string Name(CandidateState state) => state switch
        {
            CandidateState.Measured => "measured",
            CandidateState.Scored => "scored",
            CandidateState.GivenUp => "given up",
            CandidateState.Reused => "measured earlier",
            _ => "left out",
        };
    }
}
