using System.Text.RegularExpressions;

namespace Shoestring.Survey;

/// <summary>Venues that are misspelled, that contradict the year or the link, or that are no venues.</summary>
static partial class VenueRules
{
    static readonly (string Folded, string Name)[] spellings = [("arxiv", "arXiv"), ("github", "GitHub")];

    public static IEnumerable<LintFinding> Find(LintContext context) =>
        context.Entries.Where(entry => entry.Venue is not null).SelectMany(Of);

    static IEnumerable<LintFinding> Of(SourceEntry entry)
    {
        string venue = entry.Venue!;
        string first = venue.Split(' ')[0];
        if (spellings.FirstOrDefault(pair => string.Equals(first, pair.Folded, StringComparison.OrdinalIgnoreCase) && first != pair.Name).Name is { } name)
        {
            yield return LintFinding.Of("venue-spelling", entry, "venue", venue, name, $"it spells itself {name}");
        }

        if (Doubled().Match(venue) is { Success: true } doubled)
        {
            yield return LintFinding.Of("venue-year-twice", entry, "venue", venue, venue.Remove(doubled.Groups[2].Index, doubled.Groups[2].Length).TrimEnd(), "the year stands twice");
        }

        if (VenueText.Year(venue) is { } said && entry.Year is { } year && said != year)
        {
            yield return LintFinding.Of("venue-contradicts-year", entry, "venue", venue, $"the venue of {year}, or the year {said}", $"a paper of {year} is not of {venue}");
        }

        if (VenueText.FindingsOf(entry.Url) is { } of && !venue.Contains("Findings", StringComparison.OrdinalIgnoreCase))
        {
            yield return LintFinding.Of("venue-findings", entry, "venue", venue, $"Findings of {of}", "the link is of the Findings, which are not the conference's own proceedings");
        }

        if (Publisher(entry, venue) is { } finding)
        {
            yield return finding;
        }
    }

    static LintFinding? Publisher(SourceEntry entry, string venue)
    {
        string name = VenueText.Usual(venue) ?? "";
        if (name == "PMLR" || name == "JMLR" && entry.Url?.Contains("proceedings.mlr.press", StringComparison.Ordinal) == true)
        {
            return LintFinding.Of("venue-publisher", entry, "venue", venue, Proceedings.Pmlr(entry.Url)?.Venue ?? "the conference",
                name == "PMLR" ? "PMLR publishes proceedings of many conferences" : "PMLR publishes it, which is not the journal");
        }

        bool code = entry.Url?.Contains("github.com", StringComparison.Ordinal) == true;
        return name == "GitHub" && !code && PaperIndex.Arxiv(entry) is not null ? LintFinding.Of("venue-not-there", entry, "venue", venue, "arXiv", "the link is to arXiv")
            : name == "JMLR" && code ? LintFinding.Of("venue-not-there", entry, "venue", venue, "GitHub", "the link is to a repository")
            : null;
    }

    [GeneratedRegex(@"((?:19|20)\d\d)( +\1)\b")]
    private static partial Regex Doubled();
}
