namespace Shoestring.Experiments;

/// <summary>The plot with its choice of axes.</summary>
static class PlotSection
{
    static readonly string[] horizontalFirst = ["storedBytes", "decodeTokensPerSecond", "peakResidentBytes", "prefillTokensPerSecond"];
    static readonly string[] verticalFirst = ["quality", "perplexity", "topOneAgreement", "decodeTokensPerSecond"];

    public static Markup Write(IReadOnlyList<ReportRow> rows, IReadOnlyList<PlotAxis> axes)
    {
        if (axes.Count < 2)
        {
            return Markup.Of($"""<section aria-labelledby="plot-heading"><h2 id="plot-heading">What is traded for what</h2><p>A plot takes two figures that at least two candidates have.</p></section>""");
        }

        PlotAxis horizontal = Pick(axes, horizontalFirst, null), vertical = Pick(axes, verticalFirst, horizontal);
        var plot = new ParetoPlot(rows, horizontal, vertical);
        return Markup.Of($"""
            <section aria-labelledby="plot-heading">
            <h2 id="plot-heading">What is traded for what</h2>
            <p class="soft">The dashed line joins the candidates that no other beats in both of the figures shown. Bars are 95 % intervals for quality and perplexity, and the smallest and largest of the repeats for rates.</p>
            <div class="controls"><label>Across {Select("axis-x", axes, horizontal)}</label><label>Up {Select("axis-y", axes, vertical)}</label></div>
            {plot.Draw(PlotFrame.Wide)}
            {plot.Draw(PlotFrame.Narrow)}
            {Legend}
            </section>
            """);
    }

    static PlotAxis Pick(IReadOnlyList<PlotAxis> axes, string[] preferred, PlotAxis? other) =>
        preferred.Select(name => axes.FirstOrDefault(axis => axis != other && axis.Metric.Name == name)).FirstOrDefault(axis => axis is not null)
        ?? axes.First(axis => axis != other);

    // A browser may keep a changed choice over a reload, beside a plot that is drawn anew: hence autocomplete off.
    static Markup Select(string id, IReadOnlyList<PlotAxis> axes, PlotAxis chosen) => Markup.Of(
        $"""<select id="{id}" autocomplete="off">{axes.Select(axis => Markup.Of($"<option value=\"{axis.Metric.Name}\"{(axis == chosen ? new Markup(" selected") : Markup.Empty)}>{axis.Metric.Label}</option>"))}</select>""");

    static Markup Legend { get; } = new("""
        <ul class="legend plot-legend">
        <li><svg class="plot-key" viewBox="0 0 22 18" aria-hidden="true"><circle cx="11" cy="9" r="5.5" fill="var(--good)"/><circle cx="11" cy="9" r="9" fill="none" stroke="var(--good)" stroke-width="2"/></svg>chosen</li>
        <li><svg viewBox="0 0 22 18" aria-hidden="true"><circle cx="11" cy="9" r="5.5" fill="var(--accent)"/></svg>on the front of the whole search</li>
        <li><svg viewBox="0 0 22 18" aria-hidden="true"><circle cx="11" cy="9" r="5" fill="none" stroke="var(--point)" stroke-width="2"/></svg>beaten by another</li>
        <li><svg viewBox="0 0 22 18" aria-hidden="true"><path d="M11 2L18 9L11 16L4 9Z" fill="none" stroke="var(--soft)" stroke-width="2"/></svg>diamond: the model as given</li>
        </ul>
        """);
}
