using Shoestring.Metering;

namespace Shoestring.Experiments;

/// <summary>One cell of the candidates' table.</summary>
/// <param name="Metric">What it shows.</param>
/// <param name="Figure">The figure with its source, prediction and interval.</param>
/// <param name="Text">The value for people, <c>–</c> when unavailable.</param>
public sealed record ReportCell(CandidateMetric Metric, Figure Figure, string Text)
{
    /// <summary>The interval for people, or empty.</summary>
    public string Interval => ReportNumber.Interval(Metric, Figure);

    /// <summary>The prediction's error for people, or empty.</summary>
    public string PredictionError => ReportNumber.PredictionError(Figure);
}

/// <summary>One row of the candidates' table, for the terminal and for the page alike.</summary>
/// <param name="Candidate">The candidate.</param>
/// <param name="Name">A short name: the format alone for a plain quantization.</param>
/// <param name="IsBaseline">Whether it is the model as given.</param>
/// <param name="IsChosen">Whether it is the chosen one.</param>
/// <param name="Cells">One cell for each column of <see cref="Columns"/>.</param>
public sealed record ReportRow(Candidate Candidate, string Name, bool IsBaseline, bool IsChosen, IReadOnlyList<ReportCell> Cells)
{
    const string Quantize = "quantize:format=";

    /// <summary>The columns that a result fills: those in which some candidate has a value.</summary>
    public static IReadOnlyList<CandidateMetric> Columns(OptimizeResult result)
    {
        IReadOnlyList<Candidate> all = result.All;
        return [.. CandidateMetric.Shown.Where(metric => all.Any(one => metric.Read(one).Value is not null))];
    }

    /// <summary>The rows of a result: the baseline, then the others in their order.</summary>
    public static IReadOnlyList<ReportRow> Of(OptimizeResult result)
    {
        IReadOnlyList<CandidateMetric> columns = Columns(result);
        return [.. result.All.Select(one => new ReportRow(one, ShortName(one.Techniques), one.Techniques.Count == 0, result.IsChosen(one),
            [.. columns.Select(metric => new ReportCell(metric, metric.Read(one), ReportNumber.Format(metric, metric.Read(one))))]))];
    }

    internal static string ShortName(IReadOnlyList<string> techniques) =>
        techniques switch
        {
            [] => "as given",

            // What loses nothing is in almost every candidate and tells none apart.
            ["tie-embeddings", _, ..] => ShortName([.. techniques.Skip(1)]),
            _ => string.Join(" + ", techniques.Select(ShortName)),
        };

    // An option that stands alone needs no name: "gptq Q4_0".
    static string ShortName(string technique) =>
        technique.StartsWith(Quantize, StringComparison.Ordinal) && !technique.Contains(',') ? technique[Quantize.Length..]
        : technique.Split(':', '=') is [var id, _, var value] ? $"{id} {value}" : technique;
}
