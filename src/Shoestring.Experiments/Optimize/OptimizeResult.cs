using System.Text.Json.Serialization;
using Shoestring.Metering;
using Shoestring.Techniques;

namespace Shoestring.Experiments;

/// <summary>The model that a search starts from.</summary>
/// <param name="Name">Its name for people.</param>
/// <param name="Path">Its path as the user gave it, for the commands that reproduce a row.</param>
/// <param name="Sha256">The SHA-256 of its contents, in lower-case hexadecimal; see <see cref="ContentHash"/>.</param>
public sealed record SearchedModel(string Name, string Path, string Sha256);

/// <summary>The held-out text that candidates are scored on.</summary>
/// <param name="Name">Its name for people.</param>
/// <param name="Path">Its path as the user gave it.</param>
/// <param name="Sha256">The SHA-256 of its bytes, in lower-case hexadecimal.</param>
public sealed record SearchText(string Name, string Path, string Sha256);

/// <summary>What techniques looked at the model with.</summary>
/// <param name="Path">The text's path as the user gave it.</param>
/// <param name="IsPart">Whether only its first three quarters were taken, the rest being scored on.</param>
/// <param name="Tokens">The most tokens that were taken of it.</param>
/// <param name="Context">Tokens of a sequence.</param>
public sealed record SearchCalibration(string Path, bool IsPart, int Tokens, int Context);

/// <summary>How much of the text a search scored, earlier searches' measurements included.</summary>
/// <param name="ScoredTokens">Tokens that candidates were scored on, the model as given among them.</param>
/// <param name="AllTokens">Tokens that scoring every one of them on all of the text would have taken.</param>
public sealed record SearchEffort(long ScoredTokens, long AllTokens);

/// <summary>What a search found: the document that <c>optimize --json</c> prints, and all that the report shows.</summary>
public sealed record OptimizeResult
{
    /// <summary>The name and version of the JSON shape.</summary>
    public const string CurrentSchema = "shoestring.optimize/1";

    /// <summary>The schema that this document was written in.</summary>
    public string Schema { get; init; } = CurrentSchema;

    /// <summary>What the search itself cost; measurements that were reused are not in it.</summary>
    public required Receipt Receipt { get; init; }

    /// <summary>The model as given.</summary>
    public required Candidate Baseline { get; init; }

    /// <summary>The other candidates, in the order that they were given.</summary>
    public required IReadOnlyList<Candidate> Candidates { get; init; }

    /// <summary>The chosen candidate, which may be the baseline; null when none meets the budget.</summary>
    public Candidate? Chosen { get; init; }

    /// <summary>Where the report was written, or null.</summary>
    public string? Report { get; init; }

    /// <summary>Where the chosen model was written, or null.</summary>
    public string? ChosenModel { get; init; }

    /// <summary>Why that one.</summary>
    public required Choice Choice { get; init; }

    /// <summary>The budget, as conditions for people.</summary>
    public required IReadOnlyList<string> Budget { get; init; }

    /// <summary>The metrics that decide who is on the front.</summary>
    public required IReadOnlyList<string> FrontAxes { get; init; }

    /// <summary>Candidates without a measurement.</summary>
    public IReadOnlyList<LeftOut> LeftOut { get; init; } = [];

    /// <summary>How much of the text was scored.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SearchEffort? Effort { get; init; }

    /// <summary>For each technique by itself what is claimed, was predicted and was found, resource by resource.</summary>
    public IReadOnlyList<ResourceOutcome> Outcomes { get; init; } = [];

    /// <summary>How much the output changes when one matrix alone is rounded, or null where that was not measured.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SensitivityTable? Sensitivity { get; init; }

    /// <summary>How techniques act on each other, where the search met them alone and together.</summary>
    public IReadOnlyList<Interaction> Interactions { get; init; } = [];

    /// <summary>Whether the user stopped the search; the exit code is then 130.</summary>
    public bool Interrupted { get; init; }

    /// <summary>The model that was searched.</summary>
    public required SearchedModel Model { get; init; }

    /// <summary>The text that candidates were scored on.</summary>
    public required SearchText Text { get; init; }

    /// <summary>What techniques looked at the model with, or null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SearchCalibration? Calibration { get; init; }

    /// <summary>What else decides on a measurement, for people: threads, context, repeats.</summary>
    public required string Settings { get; init; }

    /// <summary>The command line that searched, or null.</summary>
    public string? Command { get; init; }

    /// <summary>The machine that it was measured on.</summary>
    public required MachineDescription Machine { get; init; }

    /// <summary>When the search ended.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Version of the program that searched.</summary>
    public required string Version { get; init; }

    /// <summary>Lines that the user should see: a damaged store, an unwritten line.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>The baseline, then the others.</summary>
    [JsonIgnore]
    public IReadOnlyList<Candidate> All => [Baseline, .. Candidates];

    /// <summary>Whether a candidate is the chosen one.</summary>
    public bool IsChosen(Candidate candidate) => Chosen is { } chosen && chosen.Techniques.SequenceEqual(candidate.Techniques);
}
