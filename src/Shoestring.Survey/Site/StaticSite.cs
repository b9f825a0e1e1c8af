using Shoestring.Tensors;

namespace Shoestring.Survey;

/// <summary>
/// The survey as a static site: every page is readable without scripts and loads nothing from elsewhere. The same papers give the same
/// bytes.
/// </summary>
public static class StaticSite
{
    static readonly string[] assets = ["site.css", "theme.js", "search.js", "icon.svg"];

    /// <summary>Writes the site into a folder, in place of the site that is there.</summary>
    /// <param name="papers">The catalogue.</param>
    /// <param name="folder">A folder that does not exist, is empty, or holds a site.</param>
    /// <param name="options">How it is written.</param>
    /// <param name="cancellation">Stops between files; the folder stays as it was then.</param>
    /// <exception cref="InputException">The folder holds something else, or cannot be written.</exception>
    public static SiteSummary Write(IReadOnlyList<Paper> papers, string folder, SiteOptions options, CancellationToken cancellation = default)
    {
        using var target = new SiteFolder(folder);
        var content = new SiteContent(papers, MeasuredResults.BuiltIn());
        int pages = 0;
        long largest = 0;
        foreach ((string path, string text) in Files(content, options))
        {
            cancellation.ThrowIfCancellationRequested();
            long bytes = target.Write(path, text);
            if (path.EndsWith(".html", StringComparison.Ordinal))
            {
                (pages, largest) = (pages + 1, Math.Max(largest, bytes));
            }
        }

        target.Commit();
        return new SiteSummary(target.Path, pages, target.Files, target.Bytes, content.Papers.Count, largest);
    }

    /// <summary>Every file of the site by its path, in the order in which they are written.</summary>
    internal static IEnumerable<(string Path, string Text)> Files(SiteContent content, SiteOptions options)
    {
        var listed = new List<string>();
        foreach (SitePage page in Pages(content))
        {
            listed.Add(page.Path);
            yield return (page.Path, SiteFrame.Write(page));
        }

        // A host shows this page at any path, so its links must not be relative.
        yield return ("404.html", SiteFrame.Write(NotFoundPage.Write(), options.Root.AbsoluteUri));
        foreach (CataloguedPaper paper in content.Papers)
        {
            yield return (paper.BibTexPath, BibTexExport.Entry(paper.Paper, paper.Slug).TrimEnd() + "\n");
        }

        for (int part = 1; part <= SearchIndex.Parts(content); part++)
        {
            yield return (SearchIndex.Path(part), SearchIndex.Part(content, part));
        }

        foreach ((string, string) file in SiteMapFile.Write(listed, options.Root))
        {
            yield return file;
        }

        yield return ("feed.xml", AtomFeed.Write(content, options.Root));
        foreach (string asset in assets)
        {
            yield return ($"assets/{asset}", SiteResource.Text($"assets/{asset}"));
        }

        // A host that runs Jekyll over pages (GitHub's) must leave these as they are.
        yield return (".nojekyll", "");
    }

    static IEnumerable<SitePage> Pages(SiteContent content) =>
    [
        HomePage.Write(content),
        MatrixPage.Write(content),
        PlotsPage.Write(content),
        .. ReferencePages.Write(content),
        .. FamilyPages.Write(content),
        .. TechniquePages.Write(content),
        .. PapersPages.Write(content),
        .. PaperPage.Write(content),
    ];
}
