using System.Globalization;
using Shoestring.Techniques;

namespace Shoestring.Survey;

/// <summary>The list of all papers: readable as pages, and with a script searchable at once.</summary>
static class PapersPages
{
    public static IEnumerable<SitePage> Write(SiteContent content)
    {
        IReadOnlyList<IReadOnlyList<CataloguedPaper>> pages = PaperList.Cut(content.Papers);
        return pages.Select((papers, i) => Page(content, papers, i + 1, pages.Count));
    }

    static SitePage Page(SiteContent content, IReadOnlyList<CataloguedPaper> papers, int number, int pages)
    {
        string path = SiteLinks.PapersPath(number);
        var links = SiteLinks.From(path);
        string title = number == 1 ? "Papers" : $"Papers, page {number}";
        return new SitePage(path, title, Html.Of($"""
            {Search(content, links)}
            <section id="list" aria-label="Papers, the newest first">
            {Html.If(pages > 1, () => Html.Of($"""<p class="range">Page {number} of {pages}{Span(papers)}, the newest first</p>"""))}
            {PaperList.Write(papers, links)}{PaperList.Pager(number, pages, SiteLinks.PapersPath, links)}</section>
            """))
        {
            Lead = Counted(content),
            Trail = number == 1 ? [] : [("Papers", SiteLinks.PapersPath(1))],
            IsSearch = true,
        };
    }

    static string Counted(SiteContent content)
    {
        int run = content.Papers.Count(one => one.Paper.Techniques.Count > 0);
        return $"{content.Papers.Count.ToString("N0", CultureInfo.InvariantCulture)} papers; the methods of {run} of them run here.";
    }

    static string Span(IReadOnlyList<CataloguedPaper> papers)
    {
        int[] years = [.. papers.Select(one => one.Paper.Year).OfType<int>()];
        return years.Length == 0 ? "" : years.Min() == years.Max() ? $": {years.Max()}" : $": {years.Max()} to {years.Min()}";
    }

    // Hidden until the script is there: without it the form could do nothing.
    static Html Search(SiteContent content, SiteLinks links) => Html.Of($"""
        <form id="search" class="search" role="search" hidden data-root="{links.Root}" data-parts="{SearchIndex.Parts(content)}">
        <div class="query"><label for="q">Search titles, authors, venues and leaves</label><input id="q" type="search" autocomplete="off" spellcheck="false"></div>
        <div class="filters">
        {Select("stage", "Stage", content.Stages.Select((stage, i) => (i, stage.Name)))}
        {Select("family", "Leaf", SiteContent.Families.Select((family, i) => (i, family.Name)))}
        {Select("resource", "Resource", ResourceText.All.Select((resource, i) => (i, ResourceText.Name(resource))))}
        {Select("year", "Year", Years(content))}
        {Select("venue", "Venue", SearchIndex.Venues(content).Select((venue, i) => (i, PaperText.Short(venue, 60))))}
        <p class="check"><input type="checkbox" id="runs"><label for="runs">Runs here</label></p>
        </div>
        <p id="count" role="status" class="range"></p>
        </form>
        <section id="found" hidden aria-label="Found papers"><ul class="papers"></ul><p><button type="button" id="more" hidden>Show more</button></p></section>
        """);

    static IEnumerable<(int, string)> Years(SiteContent content) => content.Papers.Select(one => one.Paper.Year).OfType<int>().Distinct().OrderDescending()
        .Select(year => (year, year.ToString(CultureInfo.InvariantCulture)));

    static Html Select(string id, string label, IEnumerable<(int Value, string Words)> options) => Html.Of($"""
        <p><label for="{id}">{label}</label><select id="{id}"><option value="">any</option>{options.Select(option => Html.Of($"""<option value="{option.Value}">{option.Words}</option>"""))}</select></p>
        """);
}
