namespace Shoestring.Survey;

/// <summary>A plot with its caption and, for those who cannot see it, its sentence and its numbers as a table.</summary>
static class PlotFigure
{
    /// <summary>The figure; <paramref name="draw"/> is drawn once for wide screens and once for narrow ones.</summary>
    public static Html Write(string id, string title, string spoken, Html caption, Func<PlotArea, Html> draw, Html table) => Html.Of($"""
        <section aria-labelledby="{id}"><h2 id="{id}">{title}</h2><figure>
        {Svg(PlotArea.Wide, id, title, spoken, draw)}{Svg(PlotArea.Narrow, id, title, spoken, draw)}
        <figcaption>{caption}</figcaption></figure>
        <details><summary>The numbers as a table</summary>{table}</details></section>
        """);

    static Html Svg(PlotArea area, string id, string title, string spoken, Func<PlotArea, Html> draw) => Html.Of($"""
        <svg class="plot {area.Name}" viewBox="0 0 {area.Width} {area.Height}" role="img" aria-labelledby="{id}-{area.Name}-t {id}-{area.Name}-d">
        <title id="{id}-{area.Name}-t">{title}</title><desc id="{id}-{area.Name}-d">{spoken}</desc>
        {draw(area)}</svg>

        """);

    /// <summary>Lines and labels of a vertical axis.</summary>
    public static Html Rows(PlotArea area, PlotScale scale, int most = 6) => Html.Join(scale.Ticks(most).Select(value => Html.Of(
        $"""<path class="grid" d="M{area.Left} {area.Y(scale.Share(value))}H{area.InnerRight}"/><text x="{area.Left - 7}" y="{area.Y(scale.Share(value)) + 4}" text-anchor="end">{PlotScale.Label(value)}</text>""")));

    /// <summary>The axes' names.</summary>
    public static Html Names(PlotArea area, string across, string up) => Html.Of($"""
        <text class="name" x="{(area.Left + area.InnerRight) / 2}" y="{area.Height - 6}" text-anchor="middle">{across}</text>
        <text class="name" transform="translate(13 {(area.Top + area.InnerBottom) / 2}) rotate(-90)" text-anchor="middle">{up}</text>
        """);
}
