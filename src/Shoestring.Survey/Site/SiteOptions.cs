namespace Shoestring.Survey;

/// <summary>How a site is written.</summary>
public sealed record SiteOptions
{
    /// <summary>Where it will be read; feed and sitemap need whole addresses. All other links are relative. Default: a preview on this machine.</summary>
    public Uri Root { get; init; } = new("http://127.0.0.1:8000/");
}

/// <summary>What was written.</summary>
/// <param name="Folder">The site's folder.</param>
/// <param name="Pages">Pages of HTML.</param>
/// <param name="Files">All files.</param>
/// <param name="Bytes">Bytes of all files.</param>
/// <param name="Papers">Papers in the catalogue, those of techniques that run here among them.</param>
/// <param name="LargestPageBytes">Bytes of the largest page.</param>
public sealed record SiteSummary(string Folder, int Pages, int Files, long Bytes, int Papers, long LargestPageBytes);
