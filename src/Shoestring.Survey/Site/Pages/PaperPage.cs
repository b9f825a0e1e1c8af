namespace Shoestring.Survey;

/// <summary>A page for each paper: what is known of it, who says so, and its BibTeX entry.</summary>
static class PaperPage
{
    const int MostSources = 40;

    public static IEnumerable<SitePage> Write(SiteContent content) => content.Papers.Select(Page);

    static SitePage Page(CataloguedPaper one)
    {
        Paper paper = one.Paper;
        var links = SiteLinks.From(one.Path);
        return new SitePage(one.Path, PaperText.Title(paper), Html.Of($"""
            <p class="authors"><bdi>{string.Join(", ", paper.Authors.Take(100).Select(name => PaperText.Short(name, 80)))}</bdi></p>
            <dl class="facts">
            {Fact("Published", Html.Of($"<bdi>{PaperText.Published(paper)}</bdi>"))}
            {Fact("Read it", Reading(paper))}
            {Fact("Code", SafeLink.Of(paper.Code) is { } code ? SafeLink.Outward(code, Html.Text(PaperText.Short(code, 100))) : Html.Empty)}
            {Fact("In the tree", Html.Join(", ", paper.Homes.Select(links.Family)))}
            {Fact("Saves", Html.Text(string.Join(", ", paper.Resources.Select(ResourceText.Name)).ToLowerInvariant()))}
            {Fact("Runs here", Html.Join(", ", paper.Techniques.Take(20).Select(links.Technique)))}
            {Fact("Keywords", Html.Text(string.Join(", ", paper.Keywords.Take(30).Select(word => PaperText.Short(word, 80)))))}
            </dl>
            {Html.If(!string.IsNullOrWhiteSpace(paper.Abstract), () => Html.Of($"""<section><h2>Abstract</h2><p class="prose"><bdi>{PaperText.Short(paper.Abstract!, 10_000)}</bdi></p></section>"""))}
            <section><h2>BibTeX</h2>
            <pre class="command" tabindex="0" role="group" aria-label="BibTeX entry"><code>{BibTexExport.Entry(one.Paper, one.Slug).TrimEnd()}</code></pre>
            <p><a href="{links.To(one.BibTexPath)}" download>{one.Slug}.bib</a></p></section>
            {Sources(paper)}
            """))
        {
            Kind = "Paper",
            Trail = [("Papers", SiteLinks.PapersPath(1))],
        };
    }

    static Html Fact(string name, Html value) => Html.If(!value.IsEmpty && value.Markup != "<bdi></bdi>", () => Html.Of($"<div><dt>{name}</dt><dd>{value}</dd></div>\n"));

    static Html Reading(Paper paper)
    {
        string? arxiv = SafeLink.Of(paper.Arxiv is { Length: > 0 } id ? $"https://arxiv.org/abs/{id}" : null);
        string? doi = SafeLink.Of(paper.Doi is { Length: > 0 } number ? $"https://doi.org/{number}" : null);
        string? url = SafeLink.Of(paper.Url);
        return Html.Join(" · ", new[]
        {
            arxiv is null ? Html.Empty : SafeLink.Outward(arxiv, Html.Text($"arXiv {PaperText.Short(paper.Arxiv!, 40)}")),
            doi is null ? Html.Empty : SafeLink.Outward(doi, Html.Text($"doi {PaperText.Short(paper.Doi!, 80)}")),
            url is null || url == arxiv || url == doi ? Html.Empty : SafeLink.Outward(url, Html.Text(new Uri(url).Host)),
        }.Where(link => !link.IsEmpty));
    }

    static Html Sources(Paper paper)
    {
        var table = new HtmlTable("Who said what of this paper", "Field", "Source", "Place", "Said");
        foreach (Provenance source in paper.Provenance.Take(MostSources))
        {
            table.Row(Html.Text(PaperText.Short(source.Field, 40)), Html.Text(PaperText.Short(source.Source, 200)), Html.Text(PaperText.Short(source.Place ?? "", 80)),
                Html.Of($"<bdi>{PaperText.Short(source.Value, 300)}</bdi>"));
        }

        return Html.If(!table.IsEmpty, () => Html.Of($"<details class=\"sources\"><summary>Sources</summary>{table.Write()}</details>"));
    }
}
