using System.Globalization;

namespace Shoestring.Survey;

/// <summary>Papers by year, each bar cut by stage of the model's life.</summary>
static class TimelinePlot
{
    const int MostYears = 14;

    public static Html Write(SiteContent content)
    {
        (int Year, int[] Counts)[] years = Years(content);
        if (years.Length == 0)
        {
            return Html.Empty;
        }

        int highest = years.Max(year => year.Counts.Sum());
        var scale = new PlotScale(0, highest * 1.05);
        (int most, int[] counts) = years.MaxBy(year => year.Counts.Sum());
        return PlotFigure.Write("timeline", "Papers by year", $"Stacked bars from {years[0].Year} to {years[^1].Year}; most papers, {counts.Sum()}, are of {most}.",
            Html.Of($"By the first place of each paper in the tree. {Legend(content)}"), area => Draw(area, years, scale), Table(content, years));
    }

    // The latest years; what is earlier is one bar no wider than the others, left out here and kept in the table.
    static (int Year, int[] Counts)[] Years(SiteContent content)
    {
        Dictionary<string, int> stages = content.Stages.Select((stage, i) => (stage.Name, i)).ToDictionary(pair => pair.Name, pair => pair.i);
        ILookup<int, int> placed = content.Papers.Where(one => one.Paper is { Year: not null, Homes.Count: > 0 })
            .ToLookup(one => one.Paper.Year!.Value, one => stages[one.Paper.Homes[0].Stage]);
        if (placed.Count == 0)
        {
            return [];
        }

        int last = placed.Max(year => year.Key), first = Math.Max(placed.Min(year => year.Key), last - MostYears + 1);
        return [.. Enumerable.Range(first, last - first + 1).Select(year => (year, Enumerable.Range(0, stages.Count).Select(stage => placed[year].Count(one => one == stage)).ToArray()))];
    }

    static Html Draw(PlotArea area, (int Year, int[] Counts)[] years, PlotScale scale)
    {
        double pitch = (area.InnerRight - area.Left) / years.Length, width = Math.Min(pitch * 0.72, 48);
        int every = area == PlotArea.Narrow && years.Length > 7 ? 2 : 1;
        return Html.Of($"""
            {PlotFigure.Rows(area, scale)}{years.Select((year, i) => Bar(area, year, area.Left + (pitch * (i + 0.5)), width, scale, (years.Length - 1 - i) % every == 0))}
            {PlotFigure.Names(area, "year of publication", "papers")}
            """);
    }

    static Html Bar(PlotArea area, (int Year, int[] Counts) year, double middle, double width, PlotScale scale, bool labelled)
    {
        int below = 0;
        return Html.Of($"""<g>{Html.Join([.. year.Counts.Select((count, stage) => Part(count, stage))])}{Html.If(labelled, () => Html.Of($"<text x=\"{middle}\" y=\"{area.InnerBottom + 17}\" text-anchor=\"middle\">{year.Year}</text>"))}</g>""");

        Html Part(int count, int stage)
        {
            double bottom = area.Y(scale.Share(below)), top = area.Y(scale.Share(below += count));
            return Html.If(count > 0, () => Html.Of($"""<rect class="part-{stage}" x="{middle - (width / 2)}" y="{top}" width="{width}" height="{bottom - top}"/>"""));
        }
    }

    static Html Legend(SiteContent content) => Html.Of($"""<span class="legend">{content.Stages.Select((stage, i) => Html.Of($"""<span class="key part-{i}">{stage.Name}</span> """))}</span>""");

    static Html Table(SiteContent content, (int Year, int[] Counts)[] years)
    {
        var table = new HtmlTable("Papers by year and stage", ["Year", .. content.Stages.Select(stage => stage.Name), "All"]);
        foreach ((int year, int[] counts) in years.Reverse())
        {
            table.Row([Number(year), .. counts.Select(Number), Number(counts.Sum())]);
        }

        return table.Write();
    }

    static Html Number(int number) => Html.Text(number.ToString(CultureInfo.InvariantCulture));
}
