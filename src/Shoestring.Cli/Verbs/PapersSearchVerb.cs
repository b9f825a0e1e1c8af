using Shoestring.Survey;

namespace Shoestring.Cli;

/// <summary>Finds papers.</summary>
sealed class PapersSearchVerb : Verb
{
    readonly Option<string?> catalogue = PaperCatalogue.Option();
    readonly PaperFilters filters;

    public PapersSearchVerb() : base("search", "Find papers by words, place in the tree, resource, year and venue",
        new Example("shoestring papers search low-bit quantization --venue ICLR", "words and a venue"),
        new Example("shoestring papers search --family \"Early exit\" --resource energy", "by place and resource"))
    {
        filters = new PaperFilters(this, 20);
        Add(catalogue);
    }

    public override Answer Run(Session session)
    {
        using CatalogueStore store = PaperCatalogue.Read(session, catalogue);
        IReadOnlyList<Survey.Paper> found = store.Search(filters.Query(session));
        return new Answer(new WorkReport(new Work("papers search")), writer =>
            writer.Objects("papers", found, paper => CatalogueJson.Fields(writer, paper)))
        {
            Text = output =>
            {
                if (found.Count == 0)
                {
                    output.WriteLine("no paper has all of that");
                }

                foreach (Survey.Paper paper in found)
                {
                    PaperText.Short(output, paper);
                }
            },
        };
    }
}
