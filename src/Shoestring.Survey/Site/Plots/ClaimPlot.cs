using System.Globalization;
using Shoestring.Metering;
using Shoestring.Techniques;

namespace Shoestring.Survey;

/// <summary>For each resource: how many techniques that run here claim to save it, and how many to cost it; and how many papers say that they save it.</summary>
static class ClaimPlot
{
    sealed record Row(Resource Resource, int Saves, int Costs, int Papers);

    public static Html Write(SiteContent content)
    {
        Row[] rows = [.. ResourceText.All.Select(resource => new Row(resource, Count(resource, Effect.Saves), Count(resource, Effect.Costs), content.Papers.Count(one => one.Paper.Resources.Contains(resource))))];
        Row most = rows.MaxBy(row => row.Saves)!;
        var scale = new PlotScale(-Math.Max(1, rows.Max(row => row.Costs)) * 1.1, Math.Max(1, rows.Max(row => row.Saves)) * 1.1);
        return PlotFigure.Write("claims", "Claims by resource", $"Bars for five resources; {most.Saves} of {TechniqueList.All.Count} techniques claim to save {ResourceText.Name(most.Resource).ToLowerInvariant()}, the most.",
            new Html("""Techniques that run here, by what they claim. <span class="legend"><span class="key saves-part">saves</span> <span class="key costs-part">costs</span></span>"""), area => Draw(area, rows, scale), Table(rows));
    }

    static int Count(Resource resource, Effect effect) => TechniqueList.All.Count(technique => technique.Claims.Any(claim => claim.Resource == resource && claim.Effect == effect));

    static Html Draw(PlotArea area, Row[] rows, PlotScale scale)
    {
        // Names stand above their bars, so that the longest one needs no margin.
        double pitch = (area.InnerBottom - area.Top) / rows.Length, zero = X(0);
        return Html.Of($"""
            {scale.Ticks(area == PlotArea.Narrow ? 5 : 9).Select(value => Html.Of($"""<path class="grid" d="M{X(value)} {area.Top}V{area.InnerBottom}"/><text x="{X(value)}" y="{area.InnerBottom + 16}" text-anchor="middle">{PlotScale.Label(Math.Abs(value))}</text>"""))}
            {rows.Select((row, i) => Bars(row, area.Top + (pitch * i)))}
            <path class="axis" d="M{zero} {area.Top}V{area.InnerBottom}"/><text class="name" x="{(area.Left + area.InnerRight) / 2}" y="{area.Height - 6}" text-anchor="middle">techniques</text>
            """);

        double X(double value) => 12 + (scale.Share(value) * (area.InnerRight - 12));

        Html Bars(Row row, double top) => Html.Of($"""
            <text class="name" x="{zero + 5}" y="{top + (pitch * 0.34)}">{ResourceText.Name(row.Resource)}</text>
            <rect class="saves-part" x="{zero}" y="{top + (pitch * 0.45)}" width="{X(row.Saves) - zero}" height="{pitch * 0.38}"/><rect class="costs-part" x="{X(-row.Costs)}" y="{top + (pitch * 0.45)}" width="{zero - X(-row.Costs)}" height="{pitch * 0.38}"/>
            """);
    }

    static Html Table(Row[] rows)
    {
        var table = new HtmlTable("Claims by resource", "Resource", "Techniques that save it", "Techniques that cost it", "Papers filed as saving it");
        foreach (Row row in rows)
        {
            table.Row(Html.Text(ResourceText.Name(row.Resource)), Number(row.Saves), Number(row.Costs), Number(row.Papers));
        }

        return table.Write();
    }

    static Html Number(int number) => Html.Text(number.ToString(CultureInfo.InvariantCulture));
}
