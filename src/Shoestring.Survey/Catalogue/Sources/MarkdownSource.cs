using System.Globalization;
using System.Text.RegularExpressions;

namespace Shoestring.Survey;

/// <summary>
/// Entries of an awesome list in Markdown: rows of tables under headings with a column for papers, and bullets of the forms
/// <c>- Title &lt;br&gt; Venue 2024 [[Paper]](url) [[Code]](url)</c>, the same over two paragraphs, and <c>- [Title](url), Venue 2024</c>.
/// </summary>
public static partial class MarkdownSource
{
    /// <summary>Reads a list.</summary>
    /// <param name="text">Its Markdown.</param>
    /// <param name="source">What it is called, with revision and licence.</param>
    public static IReadOnlyList<SourceEntry> Read(string text, string source)
    {
        var reader = new Reader(source);
        string[] lines = Comment().Replace(text, match => new string('\n', match.Value.Count(letter => letter == '\n'))).Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            reader.Take(lines[i].TrimEnd('\r'), i + 1);
        }

        return reader.Finish();
    }

    /// <summary>The cells of a table's row; a bar that is escaped or inside a link's address does not end one.</summary>
    internal static string[] Cells(string line) => [.. Bar().Split(line.Trim().Trim('|')).Select(cell => cell.Trim())];

    static string Plain(string markdown) => TitleText.Tidy(System.Net.WebUtility.HtmlDecode(Tag().Replace(Emphasis().Replace(markdown, "$2"), " ")).Replace("\\|", "|", StringComparison.Ordinal));

    sealed class Reader(string source)
    {
        readonly List<SourceEntry> entries = [];
        readonly string?[] headings = new string?[7];
        Dictionary<string, int>? columns;
        (string Text, int Line)? bullet;

        public void Take(string line, int number)
        {
            if (Heading().Match(line) is { Success: true } heading)
            {
                Close();
                int level = heading.Groups[1].Length;
                headings[level] = Plain(heading.Groups[2].Value);
                Array.Clear(headings, level + 1, headings.Length - level - 1);
                columns = null;
            }
            else if (line.TrimStart().StartsWith('|'))
            {
                Close();
                Row(line, number);
            }
            else if (Bullet().Match(line) is { Success: true } item)
            {
                Close();
                bullet = (item.Groups[1].Value, number);
                columns = null;
            }
            else if (bullet is { } open && line.StartsWith("  ", StringComparison.Ordinal) && line.Trim().Length > 0)
            {
                bullet = ($"{open.Text} <br> {line.Trim()}", open.Line);
            }
            else if (line.Trim().Length > 0)
            {
                Close();
                columns = null;
            }
        }

        public IReadOnlyList<SourceEntry> Finish()
        {
            Close();
            return entries;
        }

        string Section => string.Join(" > ", headings.Skip(2).Where(heading => heading is not null));

        void Row(string line, int number)
        {
            string[] cells = Cells(line);
            if (columns is null)
            {
                columns = cells.Select((cell, at) => (Plain(cell).ToLowerInvariant(), at)).DistinctBy(pair => pair.Item1).ToDictionary(pair => pair.Item1, pair => pair.at);
            }
            else if (!Rule().IsMatch(line) && columns.ContainsKey("venue") && Cell(cells, "paper", "title") is { } paper && Link().Match(paper) is { Success: true } link)
            {
                entries.Add(new SourceEntry(source, Text(number), Plain(link.Groups[1].Value))
                {
                    Url = link.Groups[2].Value,
                    Year = Year(Cell(cells, "date", "year")),
                    Venue = Given(Cell(cells, "venue")),
                    Section = Section,
                    Keywords = Given(Cell(cells, "keywords")) is { } words ? [words] : [],
                    Code = Link().Match(Cell(cells, "code") ?? "") is { Success: true } code ? code.Groups[2].Value : null,
                });
            }
        }

        string? Cell(string[] cells, params string[] names)
        {
            foreach (string name in names)
            {
                if (columns!.TryGetValue(name, out int at) && at < cells.Length)
                {
                    return cells[at];
                }
            }

            return null;
        }

        void Close()
        {
            if (bullet is { } open)
            {
                bullet = null;
                Add(open.Text, open.Line);
            }
        }

        void Add(string text, int line)
        {
            Match[] links = [.. Link().Matches(text).Cast<Match>()];
            Match? paper = links.FirstOrDefault(link => Label(link) is "paper" or "pdf" or "link" or "arxiv");
            if (paper is not null && text[..paper.Index] is var before && Break().Split(before) is { Length: > 1 } parts)
            {
                string venue = Plain(string.Join(' ', parts[1..]).TrimEnd('[', ' '));
                Add(Plain(parts[0]), venue, paper.Groups[2].Value, links, line);
            }
            else if (links is [var first, ..] && first.Index == 0 && first.Groups[2].Value.StartsWith("http", StringComparison.Ordinal) && TitleText.Words(first.Groups[1].Value).Count > 2)
            {
                string after = Plain(Link().Replace(text[first.Length..], " ")).Trim(' ', ',', '.', '-', ':', '[', ']', '(', ')');
                Add(Plain(first.Groups[1].Value), after, first.Groups[2].Value, links, line);
            }
        }

        void Add(string title, string venue, string url, Match[] links, int line) => entries.Add(new SourceEntry(source, Text(line), title)
        {
            Url = url,
            Venue = Given(venue),
            Year = Year(venue),
            Section = Section,
            Code = links.FirstOrDefault(link => Label(link).StartsWith("code", StringComparison.Ordinal))?.Groups[2].Value,
        });

        static string Label(Match link) => Plain(link.Groups[1].Value).Trim('[', ']').ToLowerInvariant();

        static string? Given(string? text) => Plain(text ?? "") is { Length: > 0 } plain ? plain : null;

        static int? Year(string? text) => YearDigits().Matches(text ?? "") is { Count: > 0 } years ? int.Parse(years[^1].Value, CultureInfo.InvariantCulture) : null;

        static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"<!--.*?-->", RegexOptions.Singleline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"^\s{0,3}(#{1,6})\s+(.*?)\s*#*\s*$")]
    private static partial Regex Heading();

    [GeneratedRegex(@"^\s{0,3}(?:[-*+]|\d+[.)])\s+(.*)$")]
    private static partial Regex Bullet();

    [GeneratedRegex(@"\[((?:\[[^\[\]]*\]|\\.|[^\[\]])+)\]\s?\((\S+?)(?:\s+""[^""]*"")?\)(?!\))")]
    private static partial Regex Link();

    [GeneratedRegex(@"(?<!\\)\|")]
    private static partial Regex Bar();

    [GeneratedRegex(@"^[\s|:\-]+$")]
    private static partial Regex Rule();

    [GeneratedRegex(@"<br\s*/?>", RegexOptions.IgnoreCase)]
    private static partial Regex Break();

    [GeneratedRegex(@"</?[a-zA-Z][^>]*>")]
    private static partial Regex Tag();

    [GeneratedRegex(@"(\*\*|__|(?<!\w)[*_])(.+?)\1(?!\w)")]
    private static partial Regex Emphasis();

    [GeneratedRegex(@"\b(?:19|20)\d\d\b")]
    private static partial Regex YearDigits();
}
