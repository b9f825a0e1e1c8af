namespace Shoestring.Survey;

/// <summary>Addresses that carry someone's session, lead to hosts that are gone, or to something else than they say.</summary>
static class LinkRules
{
    static readonly string[] deadHosts = ["paperswithcode.com", "www.paperswithcode.com"];

    public static IEnumerable<LintFinding> Find(LintContext context) => context.Entries.SelectMany(entry => Of(entry, "url", entry.Url, context).Concat(Of(entry, "code", entry.Code, context)));

    static IEnumerable<LintFinding> Of(SourceEntry entry, string field, string? url, LintContext context)
    {
        if (url is null)
        {
            yield break;
        }

        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("http" or "https"))
        {
            yield return LintFinding.Of("no-address", entry, field, url, "an address that begins with https://", "it cannot be followed");
            yield break;
        }

        if (PaperIdentity.Trackers(url) is { Count: > 0 } trackers)
        {
            yield return LintFinding.Of("tracking-parameter", entry, field, url, PaperIdentity.Canonical(url)!, $"{string.Join(", ", trackers)} tells who followed the link, not where it leads");
        }

        if (deadHosts.Contains(uri.Host))
        {
            string? other = context.Same(entry).Select(PaperIndex.Arxiv).FirstOrDefault(id => id is not null);
            yield return LintFinding.Of("dead-host", entry, field, url, other is null ? "the paper's own page" : $"https://arxiv.org/abs/{other}", $"{uri.Host} answers no more");
        }

        if (url.EndsWith('?') || url.EndsWith('#'))
        {
            yield return LintFinding.Of("empty-query", entry, field, url, url.TrimEnd('?', '#'), "nothing follows the mark");
        }

        if (field == "url" && PaperIdentity.Arxiv(url) is { } linked && PaperIdentity.Arxiv(entry.Arxiv) is { } said && linked != said)
        {
            yield return LintFinding.Of("link-contradicts-id", entry, field, url, $"https://arxiv.org/abs/{said}", $"the entry says arXiv {said}");
        }
    }
}
