using System.Globalization;
using System.Text;

namespace Shoestring.Survey;

/// <summary>Papers as BibTeX.</summary>
public static class BibTexExport
{
    static readonly string[] journals = ["transactions", "journal", "letters", "tacl", "tmlr", "jmlr", "nature", "magazine"];

    /// <summary>Writes one entry a paper, with a key of first author, year and first word that occurs once.</summary>
    public static void Write(IReadOnlyList<Paper> papers, TextWriter writer)
    {
        var keys = new HashSet<string>(StringComparer.Ordinal);
        foreach (Paper paper in papers)
        {
            writer.Write(Entry(paper, Unique(keys, Key(paper))));
        }
    }

    /// <summary>One paper's entry.</summary>
    public static string Entry(Paper paper) => Entry(paper, Key(paper));

    /// <summary>The same under a key of the caller's.</summary>
    internal static string Entry(Paper paper, string key)
    {
        var text = new StringBuilder();
        string? venue = paper.Venue is { } published && !VenueText.IsArchive(published) ? published : null;
        bool isJournal = venue is not null && journals.Any(word => venue.Contains(word, StringComparison.OrdinalIgnoreCase));
        text.Append(CultureInfo.InvariantCulture, $"@{(venue is null ? "misc" : isJournal ? "article" : "inproceedings")}{{{key},\n");
        Field("title", $"{{{TexText.Escape(paper.Title)}}}");
        Field("author", paper.Authors.Count > 0 ? string.Join(" and ", paper.Authors.Select(Author)) : null);
        Field("year", paper.Year?.ToString(CultureInfo.InvariantCulture));
        Field(isJournal ? "journal" : "booktitle", venue is null ? null : TexText.Escape(venue));
        Field("eprint", paper.Arxiv);
        Field("archiveprefix", paper.Arxiv is null ? null : "arXiv");
        Field("doi", paper.Doi is null ? null : TexText.Escape(paper.Doi));
        Field("url", CatalogueExport.Address(paper.Url) is { } url ? url.Replace("{", "%7B", StringComparison.Ordinal).Replace("}", "%7D", StringComparison.Ordinal).Replace("\\", "%5C", StringComparison.Ordinal) : null);
        return text.Append("}\n\n").ToString();

        void Field(string name, string? value)
        {
            if (value is not null)
            {
                text.Append(CultureInfo.InvariantCulture, $"  {name} = {{{value}}},\n");
            }
        }
    }

    // The word "and" parts names; one that holds it is kept whole by braces.
    static string Author(string name) => TitleText.Words(name).Contains("and") || name.Contains(',') ? $"{{{TexText.Escape(name)}}}" : TexText.Escape(name);

    static string Key(Paper paper)
    {
        string author = paper.Authors.Count > 0 ? TitleText.Words(paper.Authors[0]).LastOrDefault() ?? "" : "";
        string word = TitleText.Words(paper.Title).FirstOrDefault(word => word.Length > 3) ?? TitleText.Words(paper.Title).FirstOrDefault() ?? "paper";
        return Ascii($"{author}{paper.Year?.ToString(CultureInfo.InvariantCulture)}{word}");
    }

    static string Ascii(string text) => string.Concat(text.Where(char.IsAsciiLetterOrDigit)) is { Length: > 0 } ascii ? ascii : "paper";

    static string Unique(HashSet<string> keys, string key)
    {
        string unique = key;
        for (int again = 2; !keys.Add(unique); again++)
        {
            unique = string.Create(CultureInfo.InvariantCulture, $"{key}-{again}");
        }

        return unique;
    }
}
