using Shoestring.Survey;
using Shoestring.Techniques;

namespace Shoestring.Cli;

/// <summary>The catalogue of papers: without a verb of its own, how many there are in each leaf of the tree.</summary>
sealed class PapersVerb : Verb
{
    readonly Option<string?> catalogue = PaperCatalogue.Option();

    public PapersVerb() : base("papers", "Keep the survey's papers: import, lint, search, show, classify, update, export",
        new Example("shoestring papers", "how many papers each leaf of the survey's tree has"),
        new Example("shoestring papers search \"kv cache\" --year 2024-2025", "find papers"),
        new Example("shoestring papers lint list.md", "what is wrong in a list of papers"))
    {
        Add(catalogue);
        foreach (Verb verb in (Verb[])[new PapersImportVerb(), new PapersLintVerb(), new PapersSearchVerb(), new PapersShowVerb(), new PapersClassifyVerb(), new PapersUpdateVerb(), new PapersExportVerb()])
        {
            Subcommands.Add(verb);
        }
    }

    public override Answer Run(Session session)
    {
        using CatalogueStore store = PaperCatalogue.Read(session, catalogue);
        IReadOnlyList<Survey.Paper> papers = store.All();
        (SurveyFamily Leaf, int Count, int Runnable)[] leaves = [.. SurveyTree.Families.Select(leaf =>
            (leaf, papers.Count(paper => paper.Homes.Contains(leaf)), papers.Count(paper => paper.Homes.Contains(leaf) && paper.Techniques.Count > 0)))];
        return new Answer(new WorkReport(new Work("papers")), writer =>
        {
            writer.WriteNumber("papers", papers.Count);
            writer.Objects("leaves", leaves, leaf =>
            {
                writer.WriteString("stage", leaf.Leaf.Stage);
                writer.WriteString("leaf", leaf.Leaf.Name);
                writer.WriteNumber("papers", leaf.Count);
                writer.WriteNumber("runnable", leaf.Runnable);
            });
        })
        {
            Text = output =>
            {
                var table = new TextTable("Stage", "Leaf", ">Papers", ">Run here");
                foreach ((SurveyFamily leaf, int count, int runnable) in leaves)
                {
                    table.Row(leaf.Stage, leaf.Name, $"{count}", runnable > 0 ? $"{runnable}" : "");
                }

                table.Row("", "without a place", $"{papers.Count(paper => paper.Homes.Count == 0)}", "").Row("", "all, once", $"{papers.Count}", $"{papers.Count(paper => paper.Techniques.Count > 0)}");
                table.Write(output, session.Host);
            },
        };
    }
}
