using Spectre.Console;

namespace Shoestring.Cli;

/// <summary>A table of an answer: plain columns, so that it reads well in a pipe too.</summary>
sealed class TextTable
{
    readonly Table table = new() { Border = TableBorder.None, ShowHeaders = true };
    bool headed;

    /// <param name="headings">The columns' headings; those that start with &gt; are aligned to the right.</param>
    public TextTable(params string[] headings)
    {
        foreach (string heading in headings)
        {
            bool right = heading.StartsWith('>');
            string name = heading.TrimStart('>');
            headed |= name.Length > 0;
            var column = new TableColumn(new Text(name, new Style(decoration: Decoration.Bold))) { Padding = new Padding(0, 0, 2, 0), NoWrap = true };
            table.AddColumn(right ? column.RightAligned() : column);
        }
    }

    /// <summary>Adds a row of as many cells as there are columns.</summary>
    public TextTable Row(params string[] cells)
    {
        table.AddRow(cells.Select(cell => new Text(cell)));
        return this;
    }

    /// <summary>Writes it.</summary>
    public void Write(TextWriter writer, Host host)
    {
        table.ShowHeaders = headed;
        Terminal.ForAnswers(writer, host).Write(table);
    }
}
