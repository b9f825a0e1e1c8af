using System.Globalization;

namespace Shoestring.Survey;

/// <summary>A paper's data as short text; lengths are bounded, since a page's size must be, whatever the data hold.</summary>
static class PaperText
{
    const int ListedAuthors = 6;

    /// <summary>At most so many characters, with an ellipsis where some were left out; never half a character.</summary>
    public static string Short(string text, int length)
    {
        if (text.Length <= length)
        {
            return text;
        }

        int end = char.IsHighSurrogate(text[length - 1]) ? length - 1 : length;
        return text[..end].TrimEnd() + "…";
    }

    /// <summary>The title as lists show it.</summary>
    public static string Title(Paper paper) => string.IsNullOrWhiteSpace(paper.Title) ? "Untitled" : Short(paper.Title, 300);

    /// <summary>The first authors.</summary>
    public static string Authors(Paper paper) => paper.Authors.Count > ListedAuthors
        ? $"{Names(paper.Authors.Take(ListedAuthors))} and {paper.Authors.Count - ListedAuthors} more"
        : Names(paper.Authors);

    static string Names(IEnumerable<string> names) => string.Join(", ", names.Select(name => Short(name, 80)));

    /// <summary>Venue and year, as far as they are known; many venues have the year in their name.</summary>
    public static string Published(Paper paper)
    {
        string? venue = Venue(paper), year = paper.Year?.ToString(CultureInfo.InvariantCulture);
        return venue is not null && year is not null && venue.Contains(year, StringComparison.Ordinal) ? venue : string.Join(' ', new[] { venue, year }.OfType<string>());
    }

    /// <summary>The venue, or null.</summary>
    public static string? Venue(Paper paper) => string.IsNullOrWhiteSpace(paper.Venue) ? null : Short(paper.Venue, 100);
}
