namespace Shoestring.Experiments;

/// <summary>A line in a plot.</summary>
/// <param name="Name">What the legend calls it.</param>
/// <param name="Kind">Its class in the style: seen (a thin line) or judged (points on a line).</param>
/// <param name="Points">Its points from left to right.</param>
sealed record Curve(string Name, string Kind, IReadOnlyList<(double X, double Y)> Points);

/// <summary>Curves over one axis.</summary>
sealed class CurvePlot
{
    const int MostTicks = 6;

    readonly string title, across, up;
    readonly IReadOnlyList<Curve> curves;
    readonly (double Low, double High) x, y;

    public CurvePlot(string title, string across, string up, IReadOnlyList<Curve> curves)
    {
        (this.title, this.across, this.up) = (title, across, up);
        this.curves = [.. curves.Select(curve => curve with { Points = [.. curve.Points.Where(point => double.IsFinite(point.Y))] }).Where(curve => curve.Points.Count > 0)];
        x = (0, Span(point => point.X).High);
        y = Padded(Span(point => point.Y));
    }

    public Markup Draw(PlotFrame frame) => Markup.Of($"""
        <svg class="plot {frame.Name}" viewBox="0 0 {frame.Width} {frame.Height}" role="img" aria-labelledby="curve-{frame.Name}-title">
        <title id="curve-{frame.Name}-title">{title}: {string.Join("; ", curves.Select(Spoken))}</title>
        {NiceTicks.Between(x.Low, x.High, MostTicks).Select(value => TickX(frame, value))}
        {NiceTicks.Between(y.Low, y.High, MostTicks).Select(value => TickY(frame, value))}
        <path class="axis" d="M{frame.Left} {frame.Top}V{frame.InnerBottom}H{frame.InnerRight}"/>
        <text class="title-x" x="{(frame.Left + frame.InnerRight) / 2}" y="{frame.Height - 10}" text-anchor="middle">{across}</text>
        <text class="title-y" transform="translate(14 {(frame.Top + frame.InnerBottom) / 2}) rotate(-90)" text-anchor="middle">{up}</text>
        {curves.Select(curve => Drawn(frame, curve))}
        </svg>
        """);

    (double Low, double High) Span(Func<(double X, double Y), double> of)
    {
        double[] values = [.. curves.SelectMany(curve => curve.Points).Select(of)];
        return (values.Min(), values.Max());
    }

    static (double Low, double High) Padded((double Low, double High) span)
    {
        double pad = Math.Max((span.High - span.Low) * 0.06, Math.Max(Math.Abs(span.High), 1e-9) * 1e-3);
        return (span.Low - pad, span.High + pad);
    }

    static string Spoken(Curve curve) => FormattableString.Invariant($"{curve.Name} from {curve.Points[0].Y:0.000} to {curve.Points[^1].Y:0.000}");

    double X(PlotFrame frame, double value) => frame.X((value - x.Low) / (x.High - x.Low));

    double Y(PlotFrame frame, double value) => frame.Y((value - y.Low) / (y.High - y.Low));

    Markup TickX(PlotFrame frame, double value) => Markup.Of(
        $"""<g transform="translate({X(frame, value)} 0)"><path class="grid" d="M0 {frame.Top}V{frame.InnerBottom}"/><text y="{frame.InnerBottom + 18}" text-anchor="middle">{TickUnit.Label(value)}</text></g>""");

    Markup TickY(PlotFrame frame, double value) => Markup.Of(
        $"""<g transform="translate(0 {Y(frame, value)})"><path class="grid" d="M{frame.Left} 0H{frame.InnerRight}"/><text x="{frame.Left - 7}" y="4" text-anchor="end">{TickUnit.Label(value)}</text></g>""");

    Markup Drawn(PlotFrame frame, Curve curve)
    {
        (double X, double Y)[] at = [.. curve.Points.Select(point => (X(frame, point.X), Y(frame, point.Y)))];
        bool judged = curve.Kind == "judged";
        return Markup.Of($"""
            <g class="curve {curve.Kind}"><polyline points="{string.Join(' ', at.Select(point => Markup.Of($"{point.X},{point.Y}").Text))}"/>{(judged ? at.Select(point => Markup.Of($"<circle cx=\"{point.X}\" cy=\"{point.Y}\" r=\"3.5\"/>")) : [])}
            <text x="{Math.Min(at[^1].X, frame.InnerRight) - 4}" y="{at[^1].Y + (judged ? -9 : 16)}" text-anchor="end">{curve.Name}</text></g>
            """);
    }
}
