namespace Shoestring.Survey;

/// <summary>A block of a page in Markdown.</summary>
abstract record MarkdownBlock;

/// <summary>A heading below the page's own.</summary>
sealed record MarkdownHeading(string Text) : MarkdownBlock;

/// <summary>Running text, its lines joined.</summary>
sealed record MarkdownParagraph(string Text) : MarkdownBlock;

/// <summary>Points of a list.</summary>
sealed record MarkdownList(IReadOnlyList<string> Items) : MarkdownBlock;

/// <summary>A table; the first row is its head.</summary>
sealed record MarkdownTable(IReadOnlyList<string[]> Rows) : MarkdownBlock;

/// <summary>Lines that are shown as they stand.</summary>
sealed record MarkdownCode(IReadOnlyList<string> Lines) : MarkdownBlock;

/// <summary>A chapter of a page: what stands under one heading of the first level.</summary>
sealed record MarkdownChapter(string Title, IReadOnlyList<MarkdownBlock> Blocks);

/// <summary>
/// The pages of the techniques, which are written in a part of Markdown: headings, paragraphs, lists, tables, indented or fenced code. What is
/// not of this part is text.
/// </summary>
static class MarkdownPage
{
    /// <summary>The chapters of a page in their order.</summary>
    public static IReadOnlyList<MarkdownChapter> Chapters(string text)
    {
        var chapters = new List<MarkdownChapter>();
        var blocks = new List<MarkdownBlock>();
        foreach (List<string> lines in Groups(text))
        {
            if (lines[0].StartsWith("# ", StringComparison.Ordinal))
            {
                blocks = [];
                chapters.Add(new MarkdownChapter(lines[0][2..].Trim(), blocks));
                lines.RemoveAt(0);
            }

            if (lines.Count > 0)
            {
                blocks.Add(Block(lines));
            }
        }

        return chapters;
    }

    // Lines between empty ones; code keeps its empty lines only where it is fenced, which none of these pages needs.
    static IEnumerable<List<string>> Groups(string text)
    {
        var group = new List<string>();
        foreach (string line in text.ReplaceLineEndings("\n").Split('\n'))
        {
            bool heading = line.StartsWith('#');
            if ((line.Length == 0 || heading) && group.Count > 0)
            {
                yield return group;
                group = [];
            }

            if (line.Length > 0)
            {
                group.Add(line);
            }

            if (heading)
            {
                yield return group;
                group = [];
            }
        }

        if (group.Count > 0)
        {
            yield return group;
        }
    }

    static MarkdownBlock Block(List<string> lines) => lines[0] switch
    {
        ['#', ..] => new MarkdownHeading(lines[0].TrimStart('#').Trim()),
        ['|', ..] => new MarkdownTable([.. lines.Where((_, i) => i != 1).Select(Cells)]),
        ['-', ' ', ..] => new MarkdownList(Items(lines)),
        ['`', '`', '`', ..] => new MarkdownCode([.. lines.Where(line => !line.StartsWith("```", StringComparison.Ordinal))]),
        [' ', ' ', ' ', ' ', ..] => new MarkdownCode([.. lines.Select(line => line.StartsWith("    ", StringComparison.Ordinal) ? line[4..] : line)]),
        _ => new MarkdownParagraph(string.Join(' ', lines.Select(line => line.Trim()))),
    };

    static string[] Cells(string row) => [.. row.Trim().Trim('|').Split('|').Select(cell => cell.Trim())];

    static List<string> Items(List<string> lines)
    {
        var items = new List<string>();
        foreach (string line in lines)
        {
            if (line.StartsWith("- ", StringComparison.Ordinal))
            {
                items.Add(line[2..].Trim());
            }
            else
            {
                items[^1] += " " + line.Trim();
            }
        }

        return items;
    }
}
