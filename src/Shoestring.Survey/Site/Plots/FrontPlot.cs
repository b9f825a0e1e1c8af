using System.Globalization;
using System.Text.Json;

namespace Shoestring.Survey;

/// <summary>Stored bytes against the quality that is left, for every combination of a committed table, with intervals.</summary>
static class FrontPlot
{
    const double LeastQuality = 50;

    static readonly double[] steps = [1, 1.2, 1.4, 1.6, 2, 2.5, 3, 4, 5, 6, 8];

    sealed record Point(string Setup, double Bytes, PairedRatio Quality, bool OnFront);

    public static Html Write()
    {
        var figures = new List<Html>();
        foreach ((string name, JsonDocument document) in MeasuredResults.Tables())
        {
            using (document)
            {
                figures.Add(Figure(name, document.RootElement, figures.Count));
            }
        }

        return Html.Join(figures);
    }

    static Html Figure(string name, JsonElement root, int number)
    {
        Point[] points = Points(CombinationResults.Front(root));
        Point[] shown = [.. points.Where(point => point.Quality.Value >= LeastQuality)];
        var across = new PlotScale(Math.Log10(shown.Min(point => point.Bytes) * 0.97), Math.Log10(shown.Max(point => point.Bytes) * 1.04));
        var up = new PlotScale(LeastQuality, 102);
        return PlotFigure.Write($"front-{number}", "Bytes against quality, measured", $"{shown.Length} combinations of techniques on one model; {shown.Count(point => point.OnFront)} of them are on the front: no other is smaller and better.",
            Html.Of($"{root.GetProperty("model").GetString()} on {root.GetProperty("heldOutText").GetString()}; bars are paired 95 % intervals over blocks; {points.Length - shown.Length} combinations below {PlotScale.Label(LeastQuality)} % are in the table alone. From <code>{name}</code>. <span class=\"legend\"><span class=\"key front-part\">on the front</span> <span class=\"key other-part\">others</span></span>"),
            area => Draw(area, shown, across, up), Table(points));
    }

    static Point[] Points(IEnumerable<(string Setup, double Bytes, PairedRatio Quality)> all)
    {
        (string Setup, double Bytes, PairedRatio Quality)[] list = [.. all];
        return [.. list.OrderBy(one => one.Bytes).ThenBy(one => one.Setup, StringComparer.Ordinal).Select(one => new Point(one.Setup.Length == 0 ? "as given" : one.Setup, one.Bytes, one.Quality,
            !list.Any(other => other.Bytes <= one.Bytes && other.Quality.Value >= one.Quality.Value && (other.Bytes < one.Bytes || other.Quality.Value > one.Quality.Value))))];
    }

    static Html Draw(PlotArea area, Point[] points, PlotScale across, PlotScale up) => Html.Of($"""
        {PlotFigure.Rows(area, up)}{Sizes(across).Select(bytes => Html.Of($"""<text x="{X(area, across, bytes)}" y="{area.InnerBottom + 17}" text-anchor="middle">{PlotScale.Label(bytes / 1e6)}</text>"""))}
        <polyline class="front-line" points="{string.Join(' ', points.Where(point => point.OnFront).Select(point => Html.Of($"{X(area, across, point.Bytes)},{area.Y(up.Share(point.Quality.Value))}")))}"/>
        {points.Where(point => !point.OnFront).Concat(points.Where(point => point.OnFront)).Select(point => Mark(area, point, across, up))}
        {PlotFigure.Names(area, "megabytes of the file, logarithmic", "quality, % of the original")}
        """);

    static double X(PlotArea area, PlotScale across, double bytes) => area.X(across.Share(Math.Log10(bytes)));

    // Round sizes within the axis, close together where it begins.
    static IEnumerable<double> Sizes(PlotScale across) => Enumerable.Range((int)Math.Floor(across.Low), 3)
        .SelectMany(power => steps.Select(step => step * Math.Pow(10, power))).Where(bytes => Math.Log10(bytes) is var at && at >= across.Low && at <= across.High);

    static Html Mark(PlotArea area, Point point, PlotScale across, PlotScale up)
    {
        double x = X(area, across, point.Bytes), y = area.Y(up.Share(point.Quality.Value));
        double low = area.Y(up.Share(Math.Max(point.Quality.Low, LeastQuality))), high = area.Y(up.Share(Math.Min(point.Quality.High, up.High)));
        return Html.Of($"""<g class="{(point.OnFront ? "front-part" : "other-part")}"><path d="M{x} {low}V{high}"/><circle cx="{x}" cy="{y}" r="{(point.OnFront ? 4.5 : 3.2)}"><title>{point.Setup}</title></circle></g>""");
    }

    static Html Table(Point[] points)
    {
        var table = new HtmlTable("Combinations, the smallest first", "Techniques", "Bytes", "Quality", "Interval", "On the front");
        foreach (Point point in points)
        {
            table.Row(Html.Of($"<code>{point.Setup}</code>"), Html.Text(MeasuredText.Bytes(point.Bytes)), Html.Text(Percent(point.Quality.Value)), Html.Text($"{Percent(point.Quality.Low)} to {Percent(point.Quality.High)}"), Html.Text(point.OnFront ? "yes" : ""));
        }

        return table.Write();
    }

    static string Percent(double value) => value.ToString("0.0", CultureInfo.InvariantCulture) + " %";
}
