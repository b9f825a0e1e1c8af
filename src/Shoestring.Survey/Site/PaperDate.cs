using System.Globalization;

namespace Shoestring.Survey;

/// <summary>When a paper appeared, as far as its own data say: the month in its arXiv identifier, else the start of its year.</summary>
static class PaperDate
{
    /// <summary>The date, or the least one where nothing says it.</summary>
    public static DateTime Of(Paper paper) => Month(paper.Arxiv) ?? (paper.Year is { } year and >= 1900 and <= 2999 ? new DateTime(year, 1, 1, 0, 0, 0, DateTimeKind.Utc) : DateTime.MinValue);

    // 2306.00978 is of June 2023; the older form, cs/0112017, of December 2001.
    static DateTime? Month(string? arxiv)
    {
        string digits = arxiv is null ? "" : arxiv[(arxiv.LastIndexOf('/') + 1)..];
        if (digits.Length < 4 || !int.TryParse(digits.AsSpan(0, 2), NumberStyles.None, CultureInfo.InvariantCulture, out int year)
            || !int.TryParse(digits.AsSpan(2, 2), NumberStyles.None, CultureInfo.InvariantCulture, out int month) || month is < 1 or > 12)
        {
            return null;
        }

        return new DateTime(year >= 91 ? 1900 + year : 2000 + year, month, 1, 0, 0, 0, DateTimeKind.Utc);
    }
}
