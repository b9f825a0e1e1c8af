namespace Shoestring.Survey;

/// <summary>The list of all pages for search engines (sitemaps.org, protocol 0.9), cut where its 50,000 addresses end.</summary>
static class SiteMapFile
{
    const int MostAddresses = 50_000;

    /// <summary>The files: one, or an index and its parts.</summary>
    public static IEnumerable<(string Path, string Text)> Write(IReadOnlyList<string> pages, Uri root)
    {
        string[][] parts = [.. pages.Chunk(MostAddresses)];
        if (parts.Length <= 1)
        {
            yield return ("sitemap.xml", Part(pages, root));
            yield break;
        }

        for (int i = 0; i < parts.Length; i++)
        {
            yield return ($"sitemap-{i + 1}.xml", Part(parts[i], root));
        }

        yield return ("sitemap.xml", Html.Of($"""
            <?xml version="1.0" encoding="utf-8"?>
            <sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
            {Enumerable.Range(1, parts.Length).Select(number => Html.Of($"<sitemap><loc>{new Uri(root, $"sitemap-{number}.xml").AbsoluteUri}</loc></sitemap>\n"))}</sitemapindex>

            """).ToString());
    }

    static string Part(IEnumerable<string> pages, Uri root) => Html.Of($"""
        <?xml version="1.0" encoding="utf-8"?>
        <urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
        {pages.Select(page => Html.Of($"<url><loc>{new Uri(root, page == "index.html" ? "" : page).AbsoluteUri}</loc></url>\n"))}</urlset>

        """).ToString();
}
