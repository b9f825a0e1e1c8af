namespace Shoestring.Survey;

/// <summary>One link of a page, as it is written there.</summary>
/// <param name="Address">As written, entities decoded.</param>
/// <param name="Text">The words that carry it, white space collapsed and cut to a sensible length.</param>
/// <param name="MediaType">The type that the page says it has, or null.</param>
/// <param name="Role">What the page says it is for.</param>
sealed record PageLink(string Address, string Text, string? MediaType = null, LinkRole Role = LinkRole.Content);

/// <summary>What a link is for.</summary>
enum LinkRole
{
    /// <summary>Something to read.</summary>
    Content,

    /// <summary>Something the page is made of or told by: taken when its address tells a wanted type, never asked for.</summary>
    Resource,

    /// <summary>The same listing's next page.</summary>
    Next,

    /// <summary>Where the page sends its reader by itself.</summary>
    Refresh,

    /// <summary>A feed of what is new.</summary>
    Feed,

    /// <summary>A further sitemap.</summary>
    Sitemap,
}

/// <summary>What a page, a sitemap or a feed leads to.</summary>
/// <param name="Links">Its links in their order.</param>
/// <param name="Base">The address that it says its links are relative to, or null.</param>
/// <param name="IsTruncated">Whether it had more links than are taken.</param>
sealed record PageLinks(IReadOnlyList<PageLink> Links, string? Base = null, bool IsTruncated = false);
