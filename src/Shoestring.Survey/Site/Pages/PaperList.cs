using Shoestring.Techniques;

namespace Shoestring.Survey;

/// <summary>Lists of papers, cut into pages that stay small.</summary>
static class PaperList
{
    const int MostPapers = 100, MostCharacters = 120_000;

    /// <summary>Cuts a list; an empty one gives one empty page.</summary>
    public static IReadOnlyList<IReadOnlyList<CataloguedPaper>> Cut(IReadOnlyList<CataloguedPaper> papers)
    {
        var pages = new List<IReadOnlyList<CataloguedPaper>>();
        var page = new List<CataloguedPaper>();
        int characters = 0;
        foreach (CataloguedPaper paper in papers)
        {
            int more = Item(paper, default).Markup!.Length;
            if (page.Count == MostPapers || (page.Count > 0 && characters + more > MostCharacters))
            {
                pages.Add(page);
                (page, characters) = ([], 0);
            }

            page.Add(paper);
            characters += more;
        }

        if (page.Count > 0 || pages.Count == 0)
        {
            pages.Add(page);
        }

        return pages;
    }

    /// <summary>The papers as a list; <paramref name="own"/>, the leaf whose page it is on, is not named at each.</summary>
    public static Html Write(IEnumerable<CataloguedPaper> papers, SiteLinks links, SurveyFamily? own = null) =>
        Html.Of($"<ul class=\"papers\">\n{papers.Select(paper => Item(paper, links, own))}</ul>\n");

    /// <summary>Links to the pages of a list; nothing where there is but one.</summary>
    public static Html Pager(int page, int pages, Func<int, string> path, SiteLinks links) => Html.If(pages > 1, () => Html.Of($"""
        <nav class="pager" aria-label="Pages of papers"><ul>{Enumerable.Range(1, pages).Select(number => Html.Of(
            $"""<li><a href="{links.To(path(number))}"{new Html(number == page ? " aria-current=\"page\"" : "")}><span class="unseen">Page </span>{number}</a></li>"""))}</ul></nav>

        """));

    static Html Item(CataloguedPaper one, SiteLinks links, SurveyFamily? own = null)
    {
        Paper paper = one.Paper;
        SurveyFamily[] homes = [.. paper.Homes.Where(home => home != own).Take(6)];
        return Html.Of($"""
            <li><a class="title" href="{links.To(one.Path)}"><bdi>{PaperText.Title(paper)}</bdi></a>
            <p class="by">{Details(paper)}</p>
            {Html.If(homes.Length + paper.Techniques.Count > 0, () => Html.Of($"""<p class="homes">{homes.Select(home => Html.Of($"""<a href="{links.To(SiteLinks.FamilyPath(home))}">{home.Name}</a> """))}{Runs(paper, links)}</p>"""))}</li>

            """);
    }

    static Html Details(Paper paper) => Html.Join(" · ", new[] { PaperText.Authors(paper), PaperText.Published(paper) }.Where(text => text.Length > 0).Select(text => Html.Of($"<bdi>{text}</bdi>")));

    static Html Runs(Paper paper, SiteLinks links) => Html.If(paper.Techniques.Count > 0, () => Html.Of(
        $"""<span class="runs">runs here: {Html.Join(", ", paper.Techniques.Take(8).Select(links.Technique))}</span>"""));
}
