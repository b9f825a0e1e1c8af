using System.Globalization;

namespace Shoestring.Survey;

/// <summary>Years that the entry's own identifier or link contradicts.</summary>
static class YearRules
{
    public static IEnumerable<LintFinding> Find(LintContext context) => context.Entries.SelectMany(Of);

    static IEnumerable<LintFinding> Of(SourceEntry entry)
    {
        if (entry.Year is not { } year)
        {
            yield return LintFinding.Of("year-missing", entry, "year", "", PaperIdentity.ArxivDate(PaperIndex.Arxiv(entry))?.Year.ToString(CultureInfo.InvariantCulture) ?? "the year of its publication", "every paper has one");
            yield break;
        }

        // A conference may come before the preprint or after it; the archive cannot.
        if (VenueText.IsArchive(entry.Venue) && PaperIdentity.ArxivDate(PaperIndex.Arxiv(entry)) is { } posted && posted.Year != year)
        {
            yield return LintFinding.Of("year-contradicts-arxiv", entry, "year", Text(year), Text(posted.Year), $"arXiv {PaperIndex.Arxiv(entry)} was posted in {Text(posted.Year)}-{posted.Month:00}");
        }

        if (Proceedings.Year(entry.Url) is { } linked && linked != year)
        {
            yield return LintFinding.Of("year-contradicts-link", entry, "year", Text(year), Text(linked), "its own link is of that year's proceedings");
        }
    }

    static string Text(int year) => year.ToString(CultureInfo.InvariantCulture);
}
