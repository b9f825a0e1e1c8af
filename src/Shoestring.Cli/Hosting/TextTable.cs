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
        if (host.OutputIsTerminal)
        {
            Terminal.ForAnswers(writer, host).Write(table);
            return;
        }

        // Cells are padded to their column; in a file or a pipe that is noise at the end of a line.
        using var padded = new StringWriter(CultureInfo.InvariantCulture);
        Terminal.ForAnswers(padded, host).Write(table);
        foreach (string line in padded.ToString().TrimEnd().Split('\n'))
        {
            writer.WriteLine(line.TrimEnd());
        }
    }
}
