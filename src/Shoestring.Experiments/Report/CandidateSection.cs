using System.Globalization;
using Shoestring.Metering;

namespace Shoestring.Experiments;

/// <summary>The table of candidates: measured values with source, interval, prediction and its error; it sorts by any column.</summary>
static class CandidateSection
{
    public static Markup Write(OptimizeResult result, IReadOnlyList<ReportRow> rows, Markup givenUp) => Markup.Of($"""
        <section aria-labelledby="candidates">
        <h2 id="candidates">Candidates</h2>
        <p class="soft">After each number stands its source: m measured, c counted, ~ modelled; – unavailable. Below it stand its interval and what was predicted, with the prediction's error. On the front are those that no other beats in all of {Words(result.FrontAxes)}.</p>
        <div class="scroll full" tabindex="0" role="region" aria-labelledby="candidates">
        <table class="candidates">
        <caption class="hidden">Measured figures of the candidates</caption>
        <thead><tr><th scope="col"><button type="button" disabled>Candidate</button></th>{ReportRow.Columns(result).Select(Head)}</tr></thead>
        <tbody>
        {rows.Select(Row)}
        </tbody>
        </table>
        </div>
        {givenUp}
        {Missing(rows)}
        </section>
        """);

    static string Words(IReadOnlyList<string> axes) => string.Join(", ", axes.Select(name => CandidateMetric.Get(name).Label.ToLowerInvariant()));

    static Markup Head(CandidateMetric metric) => Markup.Of($"""<th scope="col"><button type="button" disabled>{metric.Label}</button></th>""");

    static Markup Row(ReportRow row) => Markup.Of($"""
        <tr{(row.IsChosen ? new Markup(" class=\"chosen\"") : Markup.Empty)}><th scope="row" data-value="{row.Name}"><span class="name">{row.Name}</span>{Badges(row)}</th>{row.Cells.Select(Cell)}</tr>

        """);

    static Markup Badges(ReportRow row) => Markup.Join(
    [
        Markup.If(row.IsChosen, () => new Markup("""<span class="badge chosen">chosen</span>""")),
        Markup.If(row.Candidate.OnFront, () => new Markup("""<span class="badge">front</span>""")),
        Markup.If(row.Candidate.Layout == Techniques.ModelLayout.Shoestring, () => new Markup("""<span class="badge plain" title="layout shoestring: only this engine reads the file">own layout</span>""")),
        Markup.If(row.Candidate.Reused, () => Markup.Of($"""<span class="badge plain" title="measured {row.Candidate.MeasuredAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)} UTC">reused</span>""")),
    ]);

    static Markup Cell(ReportCell cell) => cell.Figure.Value is { } value
        ? Markup.Of($"<td data-value=\"{value.ToString("R", CultureInfo.InvariantCulture)}\">{cell.Text}{SourceMark.Of(cell.Figure)}{Interval(cell)}{Prediction(cell)}</td>")
        : Markup.Of($"""<td><span aria-hidden="true">–</span><span class="hidden">unavailable: {cell.Figure.How}</span></td>""");

    static Markup Interval(ReportCell cell) => Markup.If(cell.Interval.Length > 0, () => Markup.Of($"<small>{Ends(cell)}</small>"));

    static string Ends(ReportCell cell) => ReportNumber.Short(cell.Interval, cell.Text);

    static Markup Prediction(ReportCell cell) => Markup.If(cell.Figure.Predicted is not null, () => Markup.Of(
        $"<small>predicted {ReportNumber.Short(ReportNumber.Format(cell.Metric, cell.Figure.Predicted!.Value), cell.Text)}{(cell.PredictionError.Length > 0 ? $" ({cell.PredictionError})" : "")}</small>"));

    // One line for each reason, not for each cell.
    static Markup Missing(IReadOnlyList<ReportRow> rows)
    {
        var groups = rows.SelectMany(row => CandidateMetric.Shown.Select(metric => (row, metric, figure: metric.Read(row.Candidate))))
            .Where(cell => cell.figure.Source == FigureSource.Unavailable)
            .GroupBy(cell => (cell.metric, cell.figure.How)).ToArray();
        return Markup.If(groups.Length > 0, () => Markup.Of($"""
            <details><summary>Why some figures are unavailable</summary><ul>{groups.Select(group => Markup.Of(
                $"<li>{group.Key.metric.Label}, {Who(group.Count(), rows.Count)}: {group.Key.How}</li>"))}</ul></details>
            """));
    }

    static string Who(int count, int all) => count == all ? "all candidates" : count == 1 ? "one candidate" : $"{count} candidates";
}
