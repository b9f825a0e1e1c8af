using Shoestring.Metering;

namespace Shoestring.Experiments;

/// <summary>One way in which candidates are compared: a column of the table, an axis of the plot, a key of the budget.</summary>
public sealed class CandidateMetric
{
    static readonly CandidateMetric[] own =
    [
        new("storedBytes", "Stored bytes", Units.Bytes, true, false, one => one.Measured.StoredBytes),
        new("peakResidentBytes", "Peak resident bytes", Units.Bytes, true, false, one => one.Measured.PeakResidentBytes),
        new("prefillTokensPerSecond", "Prefill rate", Units.TokensPerSecond, false, false, one => one.Measured.PrefillTokensPerSecond),
        new("decodeTokensPerSecond", "Decode rate", Units.TokensPerSecond, false, false, one => one.Measured.DecodeTokensPerSecond),
        new("joulesPerToken", "Energy per token", CandidateFigures.JoulesPerTokenUnit, true, false, one => one.Measured.JoulesPerToken),
        new("dollarsPerMillionTokens", "Dollars per million tokens", Units.DollarsPerMillionTokens, true, false, one => one.Measured.DollarsPerMillionTokens),
        new("perplexity", "Perplexity", Units.One, true, true, one => one.Measured.Perplexity),
        new("quality", "Quality", Units.Percent, false, true, one => one.Measured.Quality),
        new("topOneAgreement", "Top-1 agreement", Units.One, false, true, one => one.Measured.TopOneAgreement),
        new("meanKullbackLeibler", "Mean KL divergence", Units.One, true, true, one => one.Measured.MeanKullbackLeibler),
        new("probabilityLoyalty", "Probability loyalty", Units.One, false, true, one => one.Measured.ProbabilityLoyalty),
    ];

    // Only these of the receipt's own figures grow better as they grow; every other one is something spent.
    static readonly HashSet<string> gains = ["flopsPerSecond", "utilization", "tokensPerSecond", "tokensPerJoule", "tokensPerDollar"];

    CandidateMetric(string name, string label, string unit, bool lowerIsBetter, bool isQuality, Func<Candidate, Figure> read)
    {
        (Name, Label, Unit, LowerIsBetter, IsQuality, Read) = (name, label, unit, lowerIsBetter, isQuality, read);
    }

    /// <summary>The metrics that the report shows, in its order.</summary>
    public static IReadOnlyList<CandidateMetric> Shown => own;

    /// <summary>All metrics: those shown, then the other figures of a candidate's receipt.</summary>
    public static IReadOnlyList<CandidateMetric> All { get; } = [.. own, .. OfReceipt()];

    /// <summary>The name in JSON and in a budget.</summary>
    public string Name { get; }

    /// <summary>The name for people.</summary>
    public string Label { get; }

    /// <summary>The unit of its figures.</summary>
    public string Unit { get; }

    /// <summary>Whether less of it is better.</summary>
    public bool LowerIsBetter { get; }

    /// <summary>Whether it says how good the answers are, rather than what they cost.</summary>
    public bool IsQuality { get; }

    /// <summary>The figure of a candidate.</summary>
    public Func<Candidate, Figure> Read { get; }

    /// <summary>The metric of that name, in any case, or null.</summary>
    public static CandidateMetric? Find(string name) =>
        All.FirstOrDefault(metric => string.Equals(metric.Name, name, StringComparison.OrdinalIgnoreCase));

    /// <summary>The metric of that exact name, which must be one.</summary>
    public static CandidateMetric Get(string name) => Find(name) ?? throw new ArgumentException($"no metric is named {name}", nameof(name));

    /// <inheritdoc/>
    public override string ToString() => Name;

    static IEnumerable<CandidateMetric> OfReceipt()
    {
        var empty = new Receipt { Work = new Work("none") };
        foreach (LedgerColumns.Column column in LedgerColumns.All.Where(column => own.All(metric => metric.Name != column.Name)))
        {
            string unit = column.Figure(empty).Unit;
            yield return new(column.Name, column.Name, unit, !gains.Contains(column.Name), false, one => one.Receipt is { } receipt
                ? column.Figure(receipt)
                : Figure.Unavailable(unit, "this candidate has no receipt"));
        }
    }
}
