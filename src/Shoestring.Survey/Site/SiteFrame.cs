namespace Shoestring.Survey;

/// <summary>What stands around every page: head with its content security policy, navigation, footer.</summary>
static class SiteFrame
{
    /// <summary>Nothing but this site's own style, scripts and icon is ever loaded, nothing is sent, and no markup in data could change that.</summary>
    public const string Policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'";

    const string Name = "Resource-efficient LLMs";

    static readonly (string Words, string Path)[] navigation =
    [
        ("Tree", "index.html"),
        ("Techniques", "techniques/index.html"),
        ("Matrix", "matrix.html"),
        ("Papers", "papers/index.html"),
        ("Plots", "plots.html"),
        ("Metrics", "metrics.html"),
        ("Benchmarks", "benchmarks.html"),
        ("Surveys", "surveys.html"),
        ("Challenges", "challenges.html"),
    ];

    /// <summary>The whole page.</summary>
    /// <param name="page">What is in it.</param>
    /// <param name="root">Where the root is where that cannot be told from the page's place: a host shows its page of what is not found at any path.</param>
    public static string Write(SitePage page, string? root = null)
    {
        SiteLinks links = root is null ? SiteLinks.From(page.Path) : new SiteLinks(root);
        return Html.Of($"""
            <!doctype html>
            <html lang="en">
            {Head(page, links)}
            <body>
            <a class="skip" href="#content">Skip to content</a>
            <header class="top"><div class="wide">
            <p class="brand"><a href="{links.To("index.html")}">{Name}</a></p>
            <nav aria-label="Main"><ul>{navigation.Select(entry => Entry(entry, page, links))}</ul></nav>
            </div></header>
            <main id="content" tabindex="-1">
            {Trail(page, links)}
            <header class="page">{Html.If(page.Kind.Length > 0, () => Html.Of($"""<p class="kind">{page.Kind}</p>"""))}
            <h1><bdi>{page.Title}</bdi></h1>{Html.If(page.Lead.Length > 0, () => Html.Of($"""<p class="lead">{page.Lead}</p>"""))}</header>
            {page.Body}
            </main>
            {Footer(links)}
            </body>
            </html>

            """).ToString();
    }

    static Html Head(SitePage page, SiteLinks links) => Html.Of($"""
        <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="{new Html(Policy)}">
        <meta name="referrer" content="no-referrer">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>{(page.Path == "index.html" ? Name : $"{PaperText.Short(page.Title, 120)} · {Name}")}</title>
        {Html.If(page.Lead.Length > 0, () => Html.Of($"""<meta name="description" content="{PaperText.Short(page.Lead, 200)}">"""))}
        {Html.If(!page.IsListed, () => new Html("""<meta name="robots" content="noindex">"""))}
        <link rel="icon" href="{links.To("assets/icon.svg")}" type="image/svg+xml">
        <link rel="stylesheet" href="{links.To("assets/site.css")}">
        <link rel="alternate" type="application/atom+xml" title="New papers" href="{links.To("feed.xml")}">
        <script src="{links.To("assets/theme.js")}"></script>
        {Html.If(page.IsSearch, () => Html.Of($"""<script src="{links.To("assets/search.js")}" defer></script>"""))}
        </head>
        """);

    static Html Entry((string Words, string Path) entry, SitePage page, SiteLinks links) => Html.Of(
        $"""<li><a href="{links.To(entry.Path)}"{new Html(IsCurrent(entry.Path, page.Path) ? " aria-current=\"page\"" : "")}>{entry.Words}</a></li>""");

    static bool IsCurrent(string entry, string path) => entry == path;

    static Html Trail(SitePage page, SiteLinks links) => Html.If(page.Trail.Count > 0, () => Html.Of($"""
        <nav class="trail" aria-label="Breadcrumb"><ol><li><a href="{links.To("index.html")}">Tree</a></li>{page.Trail.Select(step => Html.Of($"""<li><a href="{links.To(step.Path)}">{step.Name}</a></li>"""))}</ol></nav>
        """));

    static Html Footer(SiteLinks links) => Html.Of($"""
        <footer><div class="wide">
        <p>The survey of resource-efficient large language models (Bai et al., <a href="https://arxiv.org/abs/2401.00625" rel="noreferrer external">arXiv 2401.00625</a>), kept up and made to run by Shoestring.
        Figures under “measured here” come from committed results; “inferred” marks what was not read in the paper itself.</p>
        <p><a href="{links.To("feed.xml")}">Feed of new papers</a> · <a href="{links.To("papers/index.html")}">All papers</a></p>
        </div></footer>
        """);
}
