namespace Shoestring.Survey;

/// <summary>What a host shows where there is no page.</summary>
static class NotFoundPage
{
    public static SitePage Write() => new("404.html", "There is no such page", new Html("<p>It may have moved when the catalogue was rebuilt. The tree and the list of papers are above.</p>")) { IsListed = false };
}
