using Shoestring.Survey;

namespace Shoestring.Cli;

/// <summary>Tells all of one paper, and who said it.</summary>
sealed class PapersShowVerb : Verb
{
    readonly Argument<string> name = new("PAPER") { Description = "Its key, arXiv identifier, DOI or address" };
    readonly Option<string?> catalogue = PaperCatalogue.Option();

    public PapersShowVerb() : base("show", "Tell all of one paper, field by field who said it",
        new Example("shoestring papers show 2306.00978", "by arXiv identifier"),
        new Example("shoestring papers show https://arxiv.org/pdf/2306.00978v2", "by address"))
    {
        Add(name);
        Add(catalogue);
    }

    public override Answer Run(Session session)
    {
        using CatalogueStore store = PaperCatalogue.Read(session, catalogue);
        string asked = session.Value(name)!;
        Survey.Paper paper = store.Find(asked) ?? throw new InputException("the catalogue has no such paper", asked, "look for it with shoestring papers search");
        return new Answer(new WorkReport(new Work("papers show")), writer => CatalogueJson.Fields(writer, paper))
        {
            Text = output => PaperText.Long(output, paper),
        };
    }
}
