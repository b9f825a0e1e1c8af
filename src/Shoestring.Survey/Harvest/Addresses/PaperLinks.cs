using System.Text.RegularExpressions;

namespace Shoestring.Survey;

/// <summary>
/// The identity behind the many addresses of one paper: arXiv's abstract, PDF, HTML and mirrors, OpenReview's forum and PDF, the ACL
/// Anthology's old and new hosts, and DOIs. Tracking parameters and access tokens are no part of an address.
/// </summary>
public static partial class PaperLinks
{
    static readonly string[] arxivHosts =
        ["arxiv.org", "www.arxiv.org", "export.arxiv.org", "browse.arxiv.org", "ar5iv.org", "www.ar5iv.org", "ar5iv.labs.arxiv.org", "alphaxiv.org", "www.alphaxiv.org"];

    static readonly string[] aclHosts = ["aclanthology.org", "www.aclanthology.org", "aclanthology.info", "aclweb.org", "www.aclweb.org"];

    static readonly HashSet<string> trackingNames = new(StringComparer.OrdinalIgnoreCase)
    {
        "casa_token", "fbclid", "gclid", "dclid", "msclkid", "yclid", "igshid", "mc_cid", "mc_eid", "_hsenc", "_hsmi", "mkt_tok", "vero_id", "ref_src", "spm", "trk",
    };

    static readonly HashSet<string> deadHosts = new(StringComparer.OrdinalIgnoreCase) { "paperswithcode.com", "www.paperswithcode.com" };

    /// <summary>
    /// The arXiv identifier without its version (<c>2306.00978</c>, <c>cs/0112017</c>) that an address is of, or null. Takes
    /// <c>/abs/</c>, <c>/pdf/</c>, <c>/html/</c> and their like on arXiv and its mirrors, arXiv's DOIs, and <c>arXiv:…</c>.
    /// </summary>
    public static string? Arxiv(string url)
    {
        string text = url.Trim();
        if (text.StartsWith("arxiv:", StringComparison.OrdinalIgnoreCase))
        {
            return ArxivId(text["arxiv:".Length..].Trim());
        }

        if (!TryParse(text, out Uri? address))
        {
            return null;
        }

        string path = Path(address);
        if (IsDoiHost(address.Host))
        {
            const string prefix = "/10.48550/arxiv.";
            return path.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) ? ArxivId(path[prefix.Length..]) : null;
        }

        Match found = ArxivPath().Match(path);
        return found.Success && arxivHosts.Contains(address.Host, StringComparer.OrdinalIgnoreCase) ? ArxivId(found.Groups[1].Value) : null;
    }

    /// <summary>The OpenReview identifier that an address is of, or null.</summary>
    public static string? OpenReview(string url)
    {
        if (!TryParse(url, out Uri? address) || !IsHost(address, "openreview.net"))
        {
            return null;
        }

        bool known = Path(address) is "/forum" or "/pdf" or "/attachment";
        return known && QueryParts(address).FirstOrDefault(part => part.StartsWith("id=", StringComparison.Ordinal)) is { Length: > 3 } id
            ? id[3..]
            : null;
    }

    /// <summary>The ACL Anthology's identifier (<c>P19-1001</c>, <c>2023.acl-long.1</c>) that an address is of, or null.</summary>
    public static string? Acl(string url)
    {
        if (!TryParse(url, out Uri? address) || !aclHosts.Contains(address.Host, StringComparer.OrdinalIgnoreCase))
        {
            return null;
        }

        Match found = AclPath().Match(Path(address));
        return found.Success ? found.Groups[1].Value : null;
    }

    /// <summary>The digital object identifier in lower case that an address is of, or null.</summary>
    public static string? Doi(string url)
    {
        if (!TryParse(url, out Uri? address) || !IsDoiHost(address.Host))
        {
            return null;
        }

        string path = Path(address);
        return path.StartsWith("/10.", StringComparison.Ordinal) ? path[1..].ToLowerInvariant() : null;
    }

    /// <summary>
    /// The one address that stands for all of a paper's: <c>https://arxiv.org/abs/…</c>, <c>https://openreview.net/forum?id=…</c>,
    /// <c>https://aclanthology.org/…/</c>, <c>https://doi.org/…</c>; any other with its host in lower case and without fragment, usual
    /// port, tracking parameters and tokens. What is no address of the web is returned as it came.
    /// </summary>
    public static string Canonical(string url)
    {
        if (Arxiv(url) is { } arxiv)
        {
            return $"https://arxiv.org/abs/{arxiv}";
        }

        if (OpenReview(url) is { } review)
        {
            return $"https://openreview.net/forum?id={review}";
        }

        if (Acl(url) is { } acl)
        {
            return $"https://aclanthology.org/{acl}/";
        }

        return Doi(url) is { } doi ? $"https://doi.org/{doi}" : TryParse(url, out Uri? address) ? WithoutTracking(address).AbsoluteUri : url;
    }

    /// <summary>The address of a paper's PDF where the address of the paper tells it, or null.</summary>
    public static string? Pdf(string url) => Arxiv(url) is { } arxiv ? $"https://arxiv.org/pdf/{arxiv}"
        : OpenReview(url) is { } review ? $"https://openreview.net/pdf?id={review}"
        : Acl(url) is { } acl ? $"https://aclanthology.org/{acl}.pdf" : null;

    /// <summary>Whether an address is that of a paper's PDF although it has no extension.</summary>
    public static bool IsPdf(string url) =>
        (Arxiv(url) is not null && TryParse(url, out Uri? paper) && Path(paper).StartsWith("/pdf/", StringComparison.OrdinalIgnoreCase))
        || (OpenReview(url) is not null && TryParse(url, out Uri? review) && Path(review) == "/pdf");

    /// <summary>Whether an address's host is known to answer no more.</summary>
    public static bool IsDead(string url) => TryParse(url, out Uri? address) && deadHosts.Contains(address.Host);

    /// <summary>The address without fragment, user name, tracking parameters and tokens.</summary>
    internal static Uri WithoutTracking(Uri address)
    {
        string[] parts = QueryParts(address);
        string[] kept = [.. parts.Where(part => !IsTracking(part))];
        string query = kept.Length == parts.Length ? address.Query : kept.Length == 0 ? "" : "?" + string.Join('&', kept);
        string port = address.IsDefaultPort ? "" : $":{address.Port}";
        string host = address.HostNameType == UriHostNameType.IPv6 ? address.Host : address.IdnHost;
        return new Uri($"{address.Scheme}://{host.TrimEnd('.')}{port}{address.AbsolutePath}{query}");
    }

    /// <summary>The parts of the query, in their order.</summary>
    internal static string[] QueryParts(Uri address) =>
        address.Query.Length > 1 ? address.Query[1..].Split('&', StringSplitOptions.RemoveEmptyEntries) : [];

    /// <summary>Whether a part of a query says who followed the address rather than where it leads.</summary>
    internal static bool IsTracking(string part)
    {
        string name = part.Split('=', 2)[0];
        return name.StartsWith("utm_", StringComparison.OrdinalIgnoreCase) || trackingNames.Contains(name);
    }

    static bool TryParse(string url, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Uri? address)
    {
        bool web = Uri.TryCreate(url.Trim(), UriKind.Absolute, out address) && address.Scheme is "http" or "https" && address.Host.Length > 0;
        return web && address is not null;
    }

    /// <summary>The arXiv identifier without version that a text is, or null.</summary>
    internal static string? ArxivId(string text)
    {
        Match found = ArxivIdentifier().Match(text);
        return found.Success ? found.Groups[1].Value : null;
    }

    static string Path(Uri address) => Uri.UnescapeDataString(address.AbsolutePath);

    static bool IsDoiHost(string host) => host.Equals("doi.org", StringComparison.OrdinalIgnoreCase) || host.Equals("dx.doi.org", StringComparison.OrdinalIgnoreCase);

    static bool IsHost(Uri address, string host) =>
        address.Host.Equals(host, StringComparison.OrdinalIgnoreCase) || address.Host.Equals("www." + host, StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex(@"^/(?:abs|pdf|html|ps|e-print|src|format|bibtex|list)/+(.+)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex ArxivPath();

    [GeneratedRegex(@"^(\d{4}\.\d{4,5}|[a-z][a-z-]*(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?(?:\.(?:pdf|html))?/?$", RegexOptions.CultureInvariant)]
    private static partial Regex ArxivIdentifier();

    [GeneratedRegex(@"^/(?:anthology/(?:papers/(?:[A-Z]/[A-Z]\d\d/)?)?)?([A-Z]\d\d-\d{4}|\d{4}\.[a-z0-9_-]+\.\d+)(?:v\d+)?(?:\.(?:pdf|bib))?/?$", RegexOptions.CultureInvariant)]
    private static partial Regex AclPath();
}
