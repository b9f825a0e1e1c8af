using System.Text.RegularExpressions;

namespace Shoestring.Survey;

/// <summary>What a link or an identifier says about which paper it is: many spellings, one identity.</summary>
public static partial class PaperIdentity
{
    const string ArxivDoi = "10.48550/arxiv.";

    /// <summary>
    /// The arXiv identifier without version (<c>2306.00978</c>, <c>cs/0112017</c>) in an address of arXiv or one of its mirrors, in
    /// <c>arXiv:2306.00978v2</c>, in arXiv's own DOI, or bare; null where there is none.
    /// </summary>
    public static string? Arxiv(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        string trimmed = text.Trim(), bare = trimmed.StartsWith(ArxivDoi, StringComparison.OrdinalIgnoreCase) ? trimmed[ArxivDoi.Length..] : trimmed;
        return (PaperLinks.Arxiv(trimmed) ?? PaperLinks.ArxivId(bare)) is { } id && IsPossible(id) ? id.ToLowerInvariant() : null;
    }

    /// <summary>The year and month in which an arXiv identifier was given out; null for what is none.</summary>
    public static (int Year, int Month)? ArxivDate(string? id)
    {
        if (Arxiv(id) is not { } arxiv)
        {
            return null;
        }

        string digits = arxiv[(arxiv.IndexOf('/') + 1)..];
        int year = int.Parse(digits.AsSpan(0, 2), System.Globalization.CultureInfo.InvariantCulture);
        int month = int.Parse(digits.AsSpan(2, 2), System.Globalization.CultureInfo.InvariantCulture);
        return (year >= 91 ? 1900 + year : 2000 + year, month);
    }

    /// <summary>The digital object identifier in lower case; null where there is none, and for the ones that arXiv gives its own papers.</summary>
    public static string? Doi(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        Match match = DoiPlace().Match(text);
        string doi = match.Value.TrimEnd('.', ',', ';', ')', ']', '/').ToLowerInvariant();
        return !match.Success || doi.StartsWith(ArxivDoi, StringComparison.Ordinal) ? null : doi;
    }

    /// <summary>
    /// The one address of what an address names: mirrors, PDF files, versions, fragments and tracking parameters are undone.
    /// Null for what is no http address.
    /// </summary>
    public static string? Canonical(string? address)
    {
        if (!Uri.TryCreate(address?.Trim(), UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("http" or "https"))
        {
            return null;
        }

        string host = uri.IdnHost.StartsWith("www.", StringComparison.Ordinal) ? uri.IdnHost[4..] : uri.IdnHost;
        return (host, uri) switch
        {
            _ when IsArxiv(host) && Arxiv(address) is { } arxiv => $"https://arxiv.org/abs/{arxiv}",
            ("openreview.net", _) when Query(uri, "id") is { } id => $"https://openreview.net/forum?id={id}",
            ("aclanthology.org", _) => $"https://aclanthology.org/{AclPaper().Replace(uri.AbsolutePath.Trim('/'), "")}/",
            ("dl.acm.org" or "doi.org" or "dx.doi.org", _) when Doi(uri.AbsolutePath) is { } doi => $"https://doi.org/{doi}",
            ("proceedings.neurips.cc" or "papers.nips.cc", _) => $"https://proceedings.neurips.cc{Proceedings(uri.AbsolutePath)}",
            ("proceedings.mlr.press", _) => $"https://proceedings.mlr.press{PmlrFile().Replace(uri.AbsolutePath, "/$1.html")}",
            ("github.com", _) => $"https://github.com{uri.AbsolutePath.TrimEnd('/')}",
            _ => $"{uri.Scheme}://{uri.Authority.ToLowerInvariant()}{uri.AbsolutePath}{Untracked(uri)}",
        };
    }

    /// <summary>The parameters of an address that say who followed it rather than where it leads.</summary>
    public static IReadOnlyList<string> Trackers(string? address) =>
        Uri.TryCreate(address, UriKind.Absolute, out Uri? uri)
            ? [.. PaperLinks.QueryParts(uri).Where(PaperLinks.IsTracking).Select(parameter => parameter.Split('=')[0])]
            : [];

    /// <summary>The catalogue's key for a paper: its arXiv identifier, else its DOI, else the words of its title.</summary>
    public static string Key(string title, string? arxiv, string? doi) =>
        arxiv is not null ? $"arxiv:{arxiv}" : doi is not null ? $"doi:{doi}" : string.Join('-', TitleText.Words(title));

    static bool IsArxiv(string host) => host is "arxiv.org" or "ar5iv.org" or "alphaxiv.org" || host.EndsWith(".arxiv.org", StringComparison.Ordinal);

    // The four digits of an identifier are a year and a month; an address may hold others of that form.
    static bool IsPossible(string id)
    {
        string digits = id[(id.IndexOf('/') + 1)..];
        return digits[2..4] is var month && string.CompareOrdinal(month, "01") >= 0 && string.CompareOrdinal(month, "12") <= 0;
    }

    static string Proceedings(string path) => NeuripsFile().Replace(path, match =>
        $"/hash/{match.Groups["hash"].Value}-Abstract{match.Groups["track"].Value}.html");

    static string? Query(Uri uri, string name) =>
        PaperLinks.QueryParts(uri).FirstOrDefault(parameter => parameter.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..];

    static string Untracked(Uri uri)
    {
        string[] kept = [.. PaperLinks.QueryParts(uri).Where(part => !PaperLinks.IsTracking(part))];
        return kept.Length > 0 ? "?" + string.Join('&', kept) : "";
    }

    [GeneratedRegex(@"\b10\.\d{4,9}/[^\s""<>?#]+")]
    private static partial Regex DoiPlace();

    [GeneratedRegex(@"(?:v\d+)?(?:\.pdf|\.bib)?$")]
    private static partial Regex AclPaper();

    [GeneratedRegex(@"/file/(?<hash>[0-9a-f]{32})-Paper(?<track>[\w-]*)\.pdf$")]
    private static partial Regex NeuripsFile();

    [GeneratedRegex(@"/([^/]+)/[^/]+\.pdf$")]
    private static partial Regex PmlrFile();
}
