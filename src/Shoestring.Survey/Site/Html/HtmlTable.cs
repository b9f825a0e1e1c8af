namespace Shoestring.Survey;

/// <summary>
/// A table of words. On a narrow screen each row becomes a card whose cells name their columns; roles are said in full, since browsers
/// take a table's meaning away once its display changes.
/// </summary>
/// <param name="caption">What it shows; read to those who cannot see it.</param>
/// <param name="columns">Names of the columns; the first is the rows' own.</param>
sealed class HtmlTable(string caption, params string[] columns)
{
    readonly List<Html> rows = [];

    /// <summary>Adds a row, one cell for each column; empty cells vanish from cards.</summary>
    public void Row(params Html[] cells) => rows.Add(Html.Of($"""
        <tr role="row"><th scope="row" role="rowheader">{cells[0]}</th>{cells.Skip(1).Select((cell, i) => Html.Of($"<td role=\"cell\" data-label=\"{columns[i + 1]}\"{new Html(cell.IsEmpty ? " class=\"none\"" : "")}>{cell}</td>"))}</tr>

        """));

    /// <summary>Whether it has rows.</summary>
    public bool IsEmpty => rows.Count == 0;

    /// <summary>The table.</summary>
    public Html Write() => Html.Of($"""
        <table class="cards" role="table"><caption class="unseen">{caption}</caption>
        <thead role="rowgroup"><tr role="row">{columns.Select(column => Html.Of($"""<th scope="col" role="columnheader">{column}</th>"""))}</tr></thead>
        <tbody role="rowgroup">
        {rows}</tbody></table>

        """);
}
