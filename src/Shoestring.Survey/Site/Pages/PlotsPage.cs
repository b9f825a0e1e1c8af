namespace Shoestring.Survey;

/// <summary>The field over time, and resources in numbers.</summary>
static class PlotsPage
{
    public static SitePage Write(SiteContent content) => new("plots.html", "Plots", Html.Of($"{TimelinePlot.Write(content)}{FrontPlot.Write()}{ClaimPlot.Write(content)}"))
    {
        Lead = "When the papers came, what bytes buy, and which resources are spoken of.",
    };
}
