using Shoestring.Survey;

namespace Shoestring.Cli;

/// <summary>Writes papers in the formats of others.</summary>
sealed class PapersExportVerb : Verb
{
    readonly Option<string?> format = Values.Text("--format", $"One of {string.Join(", ", CatalogueExport.Formats)}", "FORMAT");
    readonly Option<string?> output = Values.Text("--out", "Write a file; without it the text is the answer", "FILE", "-o");
    readonly Option<string?> catalogue = PaperCatalogue.Option();
    readonly PaperFilters filters;

    public PapersExportVerb() : base("export", "Write papers as BibTeX, CSL-JSON, CSV, Markdown, an Atom feed or JSON Lines",
        new Example("shoestring papers export --format bibtex --family Pruning -o pruning.bib", "a bibliography"),
        new Example("shoestring papers export --format atom --year 2025 -o feed.xml", "a feed"))
    {
        filters = new PaperFilters(this, int.MaxValue);
        Add(format);
        Add(output);
        Add(catalogue);
    }

    public override Answer Run(Session session)
    {
        string kind = session.Value(format) ?? throw new InputException("no format is given", "--format", $"use {string.Join(", ", CatalogueExport.Formats)}");
        using CatalogueStore store = PaperCatalogue.Read(session, catalogue);
        Survey.Paper[] papers = [.. store.Search(filters.Query(session)).OrderBy(paper => paper.Key, StringComparer.Ordinal)];
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        CatalogueExport.Write(papers, kind, text);
        string? path = session.Value(output);
        if (path is not null)
        {
            WholeFile.Write(path, System.Text.Encoding.UTF8.GetBytes(text.ToString()));
        }

        return new Answer(new WorkReport(new Work("papers export")), writer =>
        {
            writer.WriteNumber("papers", papers.Length);
            writer.WriteString("format", kind);
            writer.WriteString(path is null ? "text" : "path", path ?? text.ToString());
        })
        {
            Text = writer => writer.Write(path is null ? text.ToString() : $"{path}: {papers.Length} papers\n"),
        };
    }
}
