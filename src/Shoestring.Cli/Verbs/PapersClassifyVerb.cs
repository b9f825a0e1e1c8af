using Shoestring.Survey;

namespace Shoestring.Cli;

/// <summary>Says where in the survey's tree a paper belongs.</summary>
sealed class PapersClassifyVerb : Verb
{
    readonly Argument<string?> title = new("TITLE") { Description = "A paper's title", Arity = ArgumentArity.ZeroOrOne };
    readonly Option<string?> text = Values.Text("--abstract", "Its abstract", "TEXT");
    readonly Option<string?> file = Values.Text("--file", "Classify all entries of a file instead", "FILE");
    readonly Option<string?> catalogue = PaperCatalogue.Option();

    public PapersClassifyVerb() : base("classify", "Say where in the survey's tree a paper belongs, how sure that is, and by which words",
        new Example("shoestring papers classify \"Fast decoding with small draft models\"", "one title"),
        new Example("shoestring papers classify --file new.bib", "every entry of a file"))
    {
        Add(title);
        Add(text);
        Add(file);
        Add(catalogue);
    }

    public override Answer Run(Session session)
    {
        Survey.Paper[] papers = [.. Papers(session)];
        using CatalogueStore store = PaperCatalogue.Read(session, catalogue);
        LeafClassifier classifier = LeafClassifier.Train(store.All());
        (Survey.Paper Paper, Classification Found)[] all = [.. papers.Select(paper => (paper, classifier.Classify(paper)))];
        return new Answer(new WorkReport(new Work("papers classify")), writer => Fields(writer, classifier, all))
        {
            Text = output =>
            {
                foreach ((Survey.Paper paper, Classification found) in all)
                {
                    Text(output, paper, found);
                }
            },
        };
    }

    IEnumerable<Survey.Paper> Papers(Session session)
    {
        string? path = session.Value(file);
        string? one = session.Value(title);
        return (path, one) switch
        {
            ({ } given, null) => PaperCatalogue.Entries(given, null, null).Select(entry => new Survey.Paper(entry.Place, entry.Title) { Abstract = entry.Abstract }),
            (null, { } given) => [new Survey.Paper("given", given) { Abstract = session.Value(text) }],
            _ => throw new InputException("a title or a file is needed, not both", "papers classify", "give a TITLE or --file FILE"),
        };
    }

    static void Text(TextWriter output, Survey.Paper paper, Classification found)
    {
        output.WriteLine(OneLine.Of(paper.Title));
        LeafCandidate best = found.Candidates[0];
        output.WriteLine(found.Asks
            ? $"  not sure; please choose: {string.Join(", ", found.Candidates.Take(3).Select(Shown))}"
            : $"  {best.Leaf.Stage} › {best.Leaf.Group} › {Shown(best)}");
        output.WriteLine($"  by: {string.Join(", ", found.Words.Select(word => OneLine.Of(word.Word)))}; saves {string.Join(", ", found.Resources.Select(CatalogueJson.Name))}");
    }

    static string Shown(LeafCandidate candidate) => string.Create(CultureInfo.InvariantCulture, $"{candidate.Leaf.Name} ({candidate.Probability:P0})");

    static void Fields(Utf8JsonWriter writer, LeafClassifier classifier, (Survey.Paper Paper, Classification Found)[] all)
    {
        writer.WriteNumber("threshold", classifier.Threshold);
        writer.WriteNumber("temperature", classifier.Temperature);
        writer.Strings("leaves", classifier.Leaves.Select(leaf => leaf.Name));
        writer.Objects("papers", all, one =>
        {
            writer.WriteString("title", one.Paper.Title);
            writer.WriteBoolean("asks", one.Found.Asks);
            writer.Objects("candidates", one.Found.Candidates, candidate =>
            {
                writer.WriteString("leaf", candidate.Leaf.Name);
                writer.WriteNumber("probability", candidate.Probability);
            });
            writer.Objects("words", one.Found.Words, word =>
            {
                writer.WriteString("word", word.Word);
                writer.WriteNumber("weight", word.Weight);
            });
            writer.Strings("resources", one.Found.Resources.Select(CatalogueJson.Name));
        });
    }
}
