using System.Globalization;
using System.Text.RegularExpressions;

namespace Shoestring.Survey;

/// <summary>Names of venues in their usual spelling.</summary>
public static partial class VenueText
{
    static readonly (string Folded, string Name)[] usual = [("arxiv", "arXiv"), ("github", "GitHub"), ("openreview", "OpenReview")];

    /// <summary>The name without its year; Findings by the name of their own; null where nothing is left.</summary>
    /// <param name="venue">As a source writes it.</param>
    /// <param name="url">The paper's address: it tells Findings from the conference that they go with.</param>
    public static string? Usual(string? venue, string? url = null)
    {
        string name = TitleText.Tidy(Awards().Replace(Years().Replace(venue ?? "", " "), " ")).Trim(',', ';', ' ');
        if (name.Length == 0)
        {
            return null;
        }

        string folded = TitleText.Compact(name);
        return usual.FirstOrDefault(pair => pair.Folded == folded).Name ?? Findings(name, url) ?? name;
    }

    /// <summary>Whether the name is the archive's: no journal or conference has taken the paper as far as the source knows.</summary>
    public static bool IsArchive(string? venue) => venue is not null && TitleText.Compact(Years().Replace(venue, " ")) is "arxiv" or "corr" or "openreview";

    /// <summary>The year that a venue's name carries: <c>ICLR 2024</c>, <c>SC22</c>; null where it carries none.</summary>
    public static int? Year(string? venue)
    {
        if (venue is null)
        {
            return null;
        }

        return Years().Match(venue) is { Success: true } full ? Parse(full.Value)
            : ShortYear().Match(venue) is { Success: true } match ? 2000 + Parse(match.Groups[1].Value) : null;
    }

    /// <summary>The conference whose Findings an address of the ACL Anthology is of; null for other addresses.</summary>
    public static string? FindingsOf(string? url) => FindingsLink().Match(url ?? "") is { Success: true } match ? match.Groups[1].Value.ToUpperInvariant() : null;

    static string? Findings(string name, string? url) =>
        FindingsLink().Match(url ?? "") is { Success: true } link && name.Contains(link.Groups[1].Value, StringComparison.OrdinalIgnoreCase)
            ? $"Findings of {link.Groups[1].Value.ToUpperInvariant()}"
            : FindingsName().Match(name) is { Success: true } match ? $"Findings of {match.Groups["of"].Value}" : null;

    static int Parse(string digits) => int.Parse(digits, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(?<![\w-])(?:19|20)\d\d(?![\w-])")]
    private static partial Regex Years();

    [GeneratedRegex(@"\(?(?:Best Paper|Oral|Spotlight|Outstanding Paper|Featured Certification)[^()]*\)?")]
    private static partial Regex Awards();

    [GeneratedRegex(@"\b[A-Z]{2,}'?(\d\d)\b")]
    private static partial Regex ShortYear();

    [GeneratedRegex(@"\.findings-([a-z]+)\.")]
    private static partial Regex FindingsLink();

    [GeneratedRegex(@"^(?:Findings of (?:the )?(?<of>[A-Z]+)|(?<of>[A-Z]+)[ -]Findings|Findings[ -](?<of>[A-Z]+))$")]
    private static partial Regex FindingsName();
}
