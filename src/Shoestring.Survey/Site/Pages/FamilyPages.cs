using Shoestring.Techniques;

namespace Shoestring.Survey;

/// <summary>A page for each leaf of the tree; its papers go on over further pages where they are many.</summary>
static class FamilyPages
{
    public static IEnumerable<SitePage> Write(SiteContent content) => SiteContent.Families.SelectMany(family => Write(content, family));

    static IEnumerable<SitePage> Write(SiteContent content, SurveyFamily family)
    {
        IReadOnlyList<IReadOnlyList<CataloguedPaper>> pages = PaperList.Cut(content.Of(family));
        return pages.Select((papers, i) => Page(content, family, papers, i + 1, pages.Count));
    }

    static SitePage Page(SiteContent content, SurveyFamily family, IReadOnlyList<CataloguedPaper> papers, int number, int pages)
    {
        string path = SiteLinks.FamilyPath(family, number);
        var links = SiteLinks.From(path);
        FamilyText text = SiteContent.Text(family);
        return new SitePage(path, number == 1 ? family.Name : $"{family.Name}, page {number}", Html.Of($"""
            {Html.If(number == 1, () => About(family, text, links))}
            <section aria-labelledby="papers"><h2 id="papers">Papers</h2>
            {(papers.Count > 0 ? PaperList.Write(papers, links, family) : new Html("<p>None is filed here yet.</p>"))}{PaperList.Pager(number, pages, page => SiteLinks.FamilyPath(family, page), links)}</section>
            """))
        {
            Kind = family.Group == family.Name ? family.Stage : $"{family.Stage} · {family.Group}",
            Lead = number == 1 ? text.About : "",
            Trail = number == 1 ? [] : [(family.Name, SiteLinks.FamilyPath(family))],
        };
    }

    static Html About(SurveyFamily family, FamilyText text, SiteLinks links) => Html.Of($"""
        <p class="filed">{(text.Section is { } section ? $"The survey’s section {section}" : "Beyond the survey’s tree")} {ProvenanceMark.Of(text.Provenance)}</p>
        <dl class="facts">
        <div><dt>{(text.Beyond ? "Methods" : "Named there")}</dt><dd>{string.Join(", ", text.Methods)}</dd></div>
        {Html.If(text.Additions is not null, () => Html.Of($"""<div><dt>To be added</dt><dd>{string.Join("; ", text.Additions!)} {ProvenanceMark.Of("inferred")}</dd></div>"""))}
        {Html.If(text.Note is not null, () => Html.Of($"<div><dt>Note</dt><dd>{text.Note}</dd></div>"))}
        </dl>
        {Techniques(family, links)}
        {Html.If(family.Name == "Approximated attention", Complexities)}
        """);

    static Html Techniques(SurveyFamily family, SiteLinks links)
    {
        IReadOnlyList<Technique> techniques = SiteContent.Techniques(family);
        return Html.Of($"""
            <section aria-labelledby="here"><h2 id="here">What runs here</h2>
            {(techniques.Count == 0
                ? new Html("<p>No technique of this leaf runs here yet.</p>")
                : Html.Of($"<ul class=\"techniques\">{techniques.Select(technique => Html.Of($"<li>{links.Technique(technique.Id)} <span>{technique.Summary}</span></li>\n"))}</ul>"))}</section>
            """);
    }

    static Html Complexities()
    {
        ComplexityTable complexities = SiteData.Complexities;
        var table = new HtmlTable("How time and memory grow", "Approach", "Time", "Memory", "Note");
        foreach (Complexity row in complexities.Rows)
        {
            table.Row(Html.Text(row.Approach), Html.Of($"""<span class="math">{row.Time}</span>"""), Html.Of($"""<span class="math">{row.Memory}</span>"""), Html.Text(row.Note ?? ""));
        }

        return Html.Of($"""
            <section aria-labelledby="growth"><h2 id="growth">How time and memory grow</h2>
            <p class="filed">{complexities.Source} {ProvenanceMark.Of("read")}</p>{table.Write()}</section>
            """);
    }
}
