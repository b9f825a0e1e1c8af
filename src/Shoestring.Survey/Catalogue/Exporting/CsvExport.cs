using System.Globalization;

namespace Shoestring.Survey;

/// <summary>Papers as comma-separated values (RFC 4180) with a heading.</summary>
public static class CsvExport
{
    /// <summary>Writes one row a paper; lists within a cell are parted by semicolons.</summary>
    public static void Write(IReadOnlyList<Paper> papers, TextWriter writer)
    {
        Row(writer, ["key", "title", "authors", "year", "venue", "url", "arxiv", "doi", "code", "homes", "resources", "techniques", "keywords"]);
        foreach (Paper paper in papers)
        {
            Row(writer, [paper.Key, paper.Title, List(paper.Authors), paper.Year?.ToString(CultureInfo.InvariantCulture) ?? "", paper.Venue ?? "", paper.Url ?? "", paper.Arxiv ?? "", paper.Doi ?? "", paper.Code ?? "",
                List(paper.Homes.Select(SectionHomes.Name)), List(paper.Resources.Select(CatalogueJson.Name)), List(paper.Techniques), List(paper.Keywords)]);
        }
    }

    /// <summary>
    /// A cell that spreadsheets show as the text it is. One that begins like a formula gets an apostrophe before it, which they read
    /// as "this is text" (OWASP, CSV injection).
    /// </summary>
    public static string Cell(string text)
    {
        string safe = text.Length > 0 && (text[0] is '=' or '+' or '-' or '@' or '\t' or '\r' || text[0] is '＝' or '＋' or '－' or '＠') ? "'" + text : text;
        return safe.AsSpan().IndexOfAny(",\"\r\n") < 0 && safe == safe.Trim() ? safe : $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    static string List(IEnumerable<string> values) => string.Join("; ", values);

    static void Row(TextWriter writer, IEnumerable<string> cells) => writer.Write(string.Join(',', cells.Select(Cell)) + "\r\n");
}
