namespace Shoestring.Survey;

/// <summary>A page of the site before its frame is put around it.</summary>
/// <param name="Path">Where it lies below the site's root, with forward slashes.</param>
/// <param name="Title">Its heading, as text.</param>
/// <param name="Body">What stands below the heading.</param>
sealed record SitePage(string Path, string Title, Html Body)
{
    /// <summary>A sentence for search engines and the page's top.</summary>
    public string Lead { get; init; } = "";

    /// <summary>What stands above the heading: a kind, as a paper or a leaf.</summary>
    public string Kind { get; init; } = "";

    /// <summary>The way from home to the page, without either.</summary>
    public IReadOnlyList<(string Name, string Path)> Trail { get; init; } = [];

    /// <summary>Whether search engines should list it.</summary>
    public bool IsListed { get; init; } = true;

    /// <summary>Whether it needs the script that searches papers.</summary>
    public bool IsSearch { get; init; }
}
