using Shoestring.Techniques;

namespace Shoestring.Survey;

/// <summary>Addresses as one page writes them: relative to its own folder, so that the site works from a file, from a host's root and below any path.</summary>
/// <param name="Root">The way from the page's folder to the site's root: empty, or one <c>../</c> for each folder.</param>
readonly record struct SiteLinks(string Root)
{
    /// <summary>The links of a page that lies at <paramref name="path"/>.</summary>
    public static SiteLinks From(string path) => new(string.Concat(Enumerable.Repeat("../", path.Count(letter => letter == '/'))));

    /// <summary>The address of a file of the site.</summary>
    public string To(string path) => Root + path;

    /// <summary>A link to a technique's page.</summary>
    public Html Technique(string id) => Html.Of($"""<a class="tech" href="{To(TechniquePath(id))}">{id}</a>""");

    /// <summary>A link to a leaf's page.</summary>
    public Html Family(SurveyFamily family) => Html.Of($"""<a href="{To(FamilyPath(family))}">{family.Name}</a>""");

    /// <summary>Where a technique's page lies.</summary>
    public static string TechniquePath(string id) => $"techniques/{id}.html";

    /// <summary>Where a leaf's page lies.</summary>
    public static string FamilyPath(SurveyFamily family, int page = 1) => $"families/{SiteSlug.Of(family.Name)}{(page > 1 ? $"-{page}" : "")}.html";

    /// <summary>Where a page of the list of papers lies.</summary>
    public static string PapersPath(int page) => page > 1 ? $"papers/page-{page}.html" : "papers/index.html";
}
