using System.Text;
using System.Text.RegularExpressions;

namespace Shoestring.Survey;

/// <summary>Blocks of Markdown as HTML; all text is escaped, and only links that <paramref name="resolve"/> knows become links.</summary>
/// <param name="resolve">The address behind a link's words and target, or null where the words stand alone.</param>
sealed partial class MarkdownHtml(Func<string, string, string?> resolve)
{
    /// <summary>A block; headings become level <paramref name="level"/>.</summary>
    public Html Block(MarkdownBlock block, int level) => block switch
    {
        MarkdownHeading heading when level == 2 => Html.Of($"<h2>{Inline(heading.Text)}</h2>\n"),
        MarkdownHeading heading => Html.Of($"<h3>{Inline(heading.Text)}</h3>\n"),
        MarkdownParagraph paragraph => Html.Of($"<p>{Inline(paragraph.Text)}</p>\n"),
        MarkdownList list => Html.Of($"<ul>{list.Items.Select(item => Html.Of($"<li>{Inline(item)}</li>"))}</ul>\n"),
        MarkdownTable table => Table(table),
        MarkdownCode code when IsCommand(code) => Commands(code.Lines),
        MarkdownCode code => Html.Of($"""<pre class="equation" tabindex="0" role="group" aria-label="Equation">{string.Join('\n', code.Lines)}</pre>{"\n"}"""),
        _ => throw new NotSupportedException($"{block.GetType().Name} is no block of Markdown"),
    };

    /// <summary>Whether code is to be typed into a shell.</summary>
    public static bool IsCommand(MarkdownCode code) => code.Lines[0].StartsWith("shoestring ", StringComparison.Ordinal);

    /// <summary>Lines for a shell.</summary>
    public static Html Commands(IEnumerable<string> lines) =>
        Html.Of($"""<pre class="command" tabindex="0" role="group" aria-label="Command"><code>{string.Join('\n', lines)}</code></pre>{"\n"}""");

    /// <summary>Text with code, bold and links.</summary>
    public Html Inline(string text)
    {
        var builder = new StringBuilder();
        int at = 0;
        foreach (Match match in Marks().Matches(text))
        {
            builder.Append(Html.Escape(text[at..match.Index])).Append(Marked(match).Markup);
            at = match.Index + match.Length;
        }

        return new Html(builder.Append(Html.Escape(text[at..])).ToString());
    }

    Html Marked(Match match) => match switch
    {
        _ when match.Groups["code"] is { Success: true } code => Html.Of($"<code>{code.Value}</code>"),
        _ when match.Groups["bold"] is { Success: true } bold => Html.Of($"<strong>{bold.Value}</strong>"),
        _ when resolve(match.Groups["words"].Value, match.Groups["target"].Value) is { } address => Html.Of($"""<a href="{address}">{match.Groups["words"].Value}</a>"""),
        _ => Html.Text(match.Groups["words"].Value),
    };

    Html Table(MarkdownTable table) => Html.Of($"""
        <div class="scroll" tabindex="0" role="group" aria-label="Table"><table class="data"><thead><tr>{table.Rows[0].Select(Head)}</tr></thead>
        <tbody>{table.Rows.Skip(1).Select(row => Html.Of($"<tr>{row.Select(cell => Html.Of($"<td>{Inline(cell)}</td>"))}</tr>\n"))}</tbody></table></div>

        """);

    // A column without a name has an empty cell and no heading: a heading must say something.
    Html Head(string cell) => cell.Length == 0 ? new Html("<td></td>") : Html.Of($"""<th scope="col">{Inline(cell)}</th>""");

    [GeneratedRegex(@"`(?<code>[^`]+)`|\*\*(?<bold>[^*]+)\*\*|\[(?<words>[^\]]+)\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Marks();
}
