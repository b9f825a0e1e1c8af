namespace Shoestring.Experiments;

/// <summary>What to search and how.</summary>
public sealed record SearchOptions
{
    /// <summary>The model.</summary>
    public required SearchedModel Model { get; init; }

    /// <summary>The held-out text.</summary>
    public required SearchText Text { get; init; }

    /// <summary>The candidates in the order to try them, without the baseline, which always comes first.</summary>
    public required IReadOnlyList<CandidatePlan> Candidates { get; init; }

    /// <summary>Candidates that were ruled out before, with the reason, for the report.</summary>
    public IReadOnlyList<LeftOut> LeftOut { get; init; } = [];

    /// <summary>What else decides on a measurement, for people: <c>threads 2, context 256, prompt 512, generated 128, repeats 5</c>.</summary>
    public required string Settings { get; init; }

    /// <summary>The command line, for the report, or null.</summary>
    public string? Command { get; init; }

    /// <summary>What must be met.</summary>
    public Budget Budget { get; init; } = Budget.Default;

    /// <summary>The file of measurements, conventionally <c>measurements.jsonl</c> in the output folder; null keeps none.</summary>
    public string? StoreFile { get; init; }

    /// <summary>How much of the text candidates are scored on before some are given up.</summary>
    public SearchSchedule Schedule { get; init; } = new();

    /// <summary>Decides on the order in which the text's chunks are scored.</summary>
    public ulong Seed { get; init; }

    /// <summary>
    /// How long the search may take, or null. The baseline is always measured; another piece starts only when it would end in
    /// time if it took as long as those before it did on average, and as many are finished as there is time for.
    /// </summary>
    public TimeSpan? TimeBudget { get; init; }

    /// <summary>Told before and after every candidate.</summary>
    public IProgress<SearchProgress>? Progress { get; init; }

    /// <summary>The meter of the search itself.</summary>
    public MeterOptions Meter { get; init; } = new();

    /// <summary>Version of the program, which is part of a measurement's key.</summary>
    public string Version { get; init; } = typeof(SearchOptions).Assembly.GetName().Version?.ToString(3) ?? "0";
}
