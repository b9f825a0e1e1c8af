using System.Globalization;
using System.Text;

namespace Shoestring.Survey;

/// <summary>A paper as a BibTeX entry; what TeX would take for a command is written as the character it is.</summary>
static class BibTexEntry
{
    static readonly string[] journals = ["transactions", "journal", "letters", "tacl", "tmlr", "jmlr", "nature", "magazine"];

    /// <summary>The entry, with a line break at its end.</summary>
    public static string Of(CataloguedPaper one)
    {
        Paper paper = one.Paper;
        var entry = new StringBuilder();
        string kind = Kind(paper);
        entry.Append('@').Append(kind).Append('{').Append(one.Slug).Append(",\n");
        Field("title", Braced(PaperText.Title(paper)));
        Field("author", paper.Authors.Count > 0 ? string.Join(" and ", paper.Authors.Take(100).Select(name => Plain(PaperText.Short(name, 80)))) : null);
        Field("year", paper.Year?.ToString(CultureInfo.InvariantCulture));
        Field(kind == "article" ? "journal" : "booktitle", kind == "misc" || PaperText.Venue(paper) is not { } venue ? null : Plain(venue));
        Field("eprint", paper.Arxiv is null ? null : Plain(paper.Arxiv));
        Field("archiveprefix", paper.Arxiv is null ? null : "arXiv");
        Field("doi", paper.Doi is null ? null : Plain(paper.Doi));
        Field("url", SafeLink.Of(paper.Url) is { } url ? Address(url) : null);
        return entry.Append("}\n").ToString();

        void Field(string name, string? value)
        {
            if (value is not null)
            {
                entry.Append("  ").Append(name).Append(" = {").Append(value).Append("},\n");
            }
        }
    }

    static string Kind(Paper paper) => PaperText.Venue(paper) switch
    {
        null => "misc",
        var venue when venue.Contains("arxiv", StringComparison.OrdinalIgnoreCase) => "misc",
        var venue when journals.Any(word => venue.Contains(word, StringComparison.OrdinalIgnoreCase)) => "article",
        _ => "inproceedings",
    };

    // Braces inside keep the title's capitals.
    static string Braced(string title) => $"{{{Plain(title)}}}";

    static string Address(string url) => url.Replace("{", "%7B", StringComparison.Ordinal).Replace("}", "%7D", StringComparison.Ordinal);

    static string Plain(string text)
    {
        var plain = new StringBuilder(text.Length);
        foreach (char letter in text)
        {
            _ = letter switch
            {
                '\\' => plain.Append("\\textbackslash "),
                '{' => plain.Append("\\textbraceleft "),
                '}' => plain.Append("\\textbraceright "),
                '~' => plain.Append("\\textasciitilde "),
                '^' => plain.Append("\\textasciicircum "),
                '$' or '&' or '#' or '%' or '_' => plain.Append('\\').Append(letter),
                _ when char.IsControl(letter) || char.IsWhiteSpace(letter) => plain.Append(' '),
                _ => plain.Append(letter),
            };
        }

        return plain.ToString();
    }
}
