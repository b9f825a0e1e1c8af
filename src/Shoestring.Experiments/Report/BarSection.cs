using Shoestring.Metering;

namespace Shoestring.Experiments;

/// <summary>What was predicted beside what was measured: a bar for the one, a line across it for the other.</summary>
static class BarSection
{
    public static Markup Write(IReadOnlyList<ReportRow> rows)
    {
        CandidateMetric[] metrics = [.. CandidateMetric.Shown.Where(metric => !metric.IsQuality && rows.Any(row => metric.Read(row.Candidate).Value is not null))];
        return Markup.If(metrics.Length > 0, () => Markup.Of($"""
            <section aria-labelledby="bars-heading">
            <h2 id="bars-heading">Predicted and measured</h2>
            <p class="soft">A bar is the measured value, the upright line across it what was predicted before the candidate ran. Bars begin at 0.</p>
            <div class="bars">{metrics.Select(metric => Figure(metric, rows))}</div>
            </section>
            """));
    }

    static Markup Figure(CandidateMetric metric, IReadOnlyList<ReportRow> rows)
    {
        double most = rows.Max(row => metric.Read(row.Candidate) is var figure ? Math.Max(figure.Value ?? 0, figure.Predicted ?? 0) : 0);
        return Markup.Of($"""<figure><h3>{metric.Label}</h3>{rows.Select(row => Bar(row, metric, most > 0 ? most : 1))}</figure>""");
    }

    static Markup Bar(ReportRow row, CandidateMetric metric, double most)
    {
        Figure figure = metric.Read(row.Candidate);
        string kind = row.IsChosen ? " chosen" : row.Candidate.OnFront ? " on-front" : "";
        return Markup.Of($"""
            <div class="bar{kind}"><span class="who" title="{row.Name}">{row.Name}</span><svg class="track" aria-hidden="true"><rect class="ground" y="3" width="100%" height="12" rx="3"/>{Fill(figure, most)}{Expected(figure, most)}</svg><span class="what">{ReportNumber.Format(metric, figure)}</span></div>

            """);
    }

    static Markup Fill(Figure figure, double most) => figure.Value is { } value
        ? Markup.Of($"""<rect class="fill" y="3" width="{100 * Math.Max(value, 0) / most}%" height="12" rx="3"/>""")
        : Markup.Empty;

    static Markup Expected(Figure figure, double most) => figure.Predicted is { } predicted and >= 0
        ? Markup.Of($"""<line class="expected" x1="{100 * predicted / most}%" x2="{100 * predicted / most}%" y1="0" y2="18"/>""")
        : Markup.Empty;
}
