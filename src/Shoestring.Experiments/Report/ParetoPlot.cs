namespace Shoestring.Experiments;

/// <summary>Candidates as points between two axes, with the front of these two as a line. The script moves its parts.</summary>
sealed class ParetoPlot(IReadOnlyList<ReportRow> rows, PlotAxis horizontal, PlotAxis vertical)
{
    public Markup Draw(PlotFrame frame)
    {
        (double X, double Y)?[] points = [.. rows.Select((_, i) => Point(frame, i))];
        (double X, double Y)[] front = Front(points);
        LabelPlace?[] labels = PlotLabels.Place(
            points, [.. rows.Select(row => row.Name)], LabelOrder(rows), [.. Segments(front), .. points.SelectMany((point, i) => Bars(frame, i, point))], frame);
        return Markup.Of($"""
            <svg class="plot {frame.Name}" viewBox="0 0 {frame.Width} {frame.Height}" role="group" aria-labelledby="plot-{frame.Name}-title plot-{frame.Name}-text" data-frame="{frame.Left} {frame.Top} {frame.InnerRight} {frame.InnerBottom}">
            <title id="plot-{frame.Name}-title">Candidates by two figures</title>
            <desc id="plot-{frame.Name}-text">Each point is a candidate. The line joins those that no other beats in both figures. The table of candidates holds the same numbers.</desc>
            <g class="ticks-x">{horizontal.Ticks.Select(tick => TickX(frame, tick))}</g>
            <g class="ticks-y">{vertical.Ticks.Select(tick => TickY(frame, tick))}</g>
            <path class="axis" d="M{frame.Left} {frame.Top}V{frame.InnerBottom}H{frame.InnerRight}"/>
            <text class="title-x" x="{(frame.Left + frame.InnerRight) / 2}" y="{frame.Height - 10}" text-anchor="middle">{horizontal.Title}</text>
            <text class="title-y" transform="translate(14 {(frame.Top + frame.InnerBottom) / 2}) rotate(-90)" text-anchor="middle">{vertical.Title}</text>
            <polyline class="front" points="{string.Join(' ', front.Select(point => Markup.Of($"{point.X},{point.Y}").Text))}"/>
            <g class="points">{Enumerable.Range(0, rows.Count).Select(i => Drawn(frame, i, points[i], labels[i]))}</g>
            </svg>
            """);
    }

    /// <summary>Whose label goes first: the chosen one's, the baseline's, those of the front.</summary>
    public static int[] LabelOrder(IReadOnlyList<ReportRow> rows) => [.. Enumerable.Range(0, rows.Count)
        .OrderBy(i => rows[i].IsChosen ? 0 : rows[i].IsBaseline ? 1 : rows[i].Candidate.OnFront ? 2 : 3)];

    static Markup TickX(PlotFrame frame, (double At, string Label) tick) => Markup.Of(
        $"""<g transform="translate({frame.X(tick.At)} 0)"><path class="grid" d="M0 {frame.Top}V{frame.InnerBottom}"/><text y="{frame.InnerBottom + 18}" text-anchor="middle">{tick.Label}</text></g>""");

    static Markup TickY(PlotFrame frame, (double At, string Label) tick) => Markup.Of(
        $"""<g transform="translate(0 {frame.Y(tick.At)})"><path class="grid" d="M{frame.Left} 0H{frame.InnerRight}"/><text x="{frame.Left - 7}" y="4" text-anchor="end">{tick.Label}</text></g>""");

    (double X, double Y)? Point(PlotFrame frame, int i) =>
        horizontal.Figures[i].Value is { } x && vertical.Figures[i].Value is { } y
            ? (frame.X(horizontal.Position(x)), frame.Y(vertical.Position(y)))
            : null;

    (double X, double Y)[] Front((double X, double Y)?[] points)
    {
        bool[] front = ParetoFront.Of(Enumerable.Range(0, rows.Count).ToArray(),
            new(i => horizontal.Figures[i].Value, horizontal.Metric.LowerIsBetter), new(i => vertical.Figures[i].Value, vertical.Metric.LowerIsBetter));
        return [.. points.Where((_, i) => front[i]).OfType<(double X, double Y)>().OrderBy(point => point.X).ThenBy(point => point.Y)];
    }

    static IEnumerable<PlotLine> Segments((double X, double Y)[] front) =>
        front.Zip(front.Skip(1), (from, to) => new PlotLine(from.X, from.Y, to.X, to.Y));

    IEnumerable<PlotLine> Bars(PlotFrame frame, int i, (double X, double Y)? point)
    {
        if (point is not { } at)
        {
            yield break;
        }

        if (horizontal.Figures[i] is { Low: { } left, High: { } right })
        {
            yield return new PlotLine(frame.X(horizontal.Position(left)), at.Y, frame.X(horizontal.Position(right)), at.Y);
        }

        if (vertical.Figures[i] is { Low: { } low, High: { } high })
        {
            yield return new PlotLine(at.X, frame.Y(vertical.Position(low)), at.X, frame.Y(vertical.Position(high)));
        }
    }

    Markup Drawn(PlotFrame frame, int i, (double X, double Y)? point, LabelPlace? label)
    {
        (double x, double y) = point ?? (0, 0);
        LabelPlace place = label ?? new LabelPlace(0, 0, "start");
        ReportRow row = rows[i];
        return Markup.Of($"""
            <g class="point {Kind(row)}" data-row="{i}" transform="translate({x} {y})" tabindex="0" role="img" aria-label="{Spoken(i)}"{Hidden(point is null)}><title>{Spoken(i)}</title>
            <path class="error" d="{Errors(frame, i, x, y)}"/><circle class="target" r="14"/>{Shape(row)}<text class="label" x="{place.X}" y="{place.Y}" text-anchor="{place.Anchor}"{Hidden(label is null)}>{row.Name}</text></g>

            """);
    }

    // "display" is an SVG attribute; "hidden" is not one everywhere.
    static Markup Hidden(bool hidden) => hidden ? new Markup(" display=\"none\"") : Markup.Empty;

    static string Kind(ReportRow row) => $"{(row.Candidate.OnFront ? "on-front" : "off-front")}{(row.IsChosen ? " chosen" : "")}{(row.IsBaseline ? " baseline" : "")}";

    static Markup Shape(ReportRow row) => new((row.IsChosen ? "<circle class=\"ring\" r=\"10\"/>" : "")
        + (row.IsBaseline ? "<path class=\"mark\" d=\"M0-7L7 0L0 7L-7 0Z\"/>" : "<circle class=\"mark\" r=\"5.5\"/>"));

    string Spoken(int i) => $"{rows[i].Name}: {Value(horizontal, i)}, {Value(vertical, i)}";

    static string Value(PlotAxis axis, int i) => $"{axis.Metric.Label} {ReportNumber.Format(axis.Metric, axis.Figures[i])}";

    string Errors(PlotFrame frame, int i, double x, double y) => string.Concat(Bars(frame, i, (x, y)).Select(bar =>
        Markup.Of($"M{bar.FromX - x} {bar.FromY - y}L{bar.ToX - x} {bar.ToY - y}").Text));
}
