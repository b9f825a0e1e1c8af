using Shoestring.Survey;

namespace Shoestring.Cli;

/// <summary>Gathers the documents that pages link to.</summary>
sealed class HarvestVerb : Verb
{
    const int UsualHits = 20;

    readonly Argument<string[]> addresses = new("URL") { Description = "Pages, files, sitemaps or feeds", Arity = ArgumentArity.ZeroOrMore };
    readonly HarvestValues values = new();
    readonly Option<bool> index = Values.Flag("--index", "Read the documents' text, page by page and slide by slide, into the folder's index");
    readonly Option<string?> find = Values.Text("--find", "List the pages and slides of the folder's index on which all of some words stand", "WORDS");
    readonly Option<int?> limit = Values.Integer("--limit", $"How many of them (default {UsualHits})", 1);
    readonly Option<bool> readDocuments = new("--read-documents") { Hidden = true };

    public HarvestVerb() : base("harvest", "Gather the documents that pages link to: checked, resumable, polite",
        new Example("shoestring harvest https://example.org/course/slides.html -o course", "all .pdf and .pptx of a page"),
        new Example("shoestring harvest https://example.org/ --depth 2 --types pdf,ppt,pptx --include '*lecture*' --dry-run", "what two links away would give"),
        new Example("shoestring harvest https://example.org/papers.html -o papers --papers --index", "papers by their pages' links, and their text"),
        new Example("shoestring harvest -o papers --find \"mixed precision\"", "the pages on which the words stand"))
    {
        Add(addresses);
        foreach (Option option in (Option[])[.. values.All, index, find, limit, readDocuments])
        {
            Add(option);
        }
    }

    public override Answer Run(Session session)
    {
        if (session.Value(readDocuments))
        {
            return DocumentWorker.Serve(session);
        }

        string[] given = session.Value(addresses) ?? [];
        return session.Value(find) is { } words
            ? given.Length == 0 ? Find(session, words) : throw new InputException("it looks into what was harvested", "--find", "leave out the addresses, or --find")
            : Harvest(session, values.Of(session, given));
    }

    Answer Harvest(Session session, HarvestOptions options)
    {
        HarvestResult result = session.Track("harvesting", "file", progress => Harvester
            .RunAsync(options, new Forward(progress), session.Cancellation).GetAwaiter().GetResult());
        foreach (string warning in result.Warnings)
        {
            session.Warn(warning);
        }

        IReadOnlyList<UnreadDocument>? unread = session.Value(index) && !options.DryRun ? DocumentIndexing.Run(session, options.Folder, result) : null;
        return new Answer(new WorkReport(new Work("harvest", Sequences: result.Entries.Count)) { Counted = new Cost { StoredBytes = options.DryRun ? null : result.KeptBytes } },
            writer => HarvestReport.Fields(writer, options, result, unread))
        {
            Text = output => HarvestReport.Write(output, session, options, result, unread),
            ExitCode = result.IsWhole ? ExitCodes.Done : ExitCodes.Failed,
        };
    }

    Answer Find(Session session, string words)
    {
        using var documents = new DocumentIndex(values.Folder(session));
        IReadOnlyList<DocumentHit> hits = documents.Search(words, session.Value(limit) ?? UsualHits);
        return new Answer(new WorkReport(new Work("harvest")), writer => HarvestReport.Fields(writer, hits))
        {
            Text = output => HarvestReport.Write(output, hits),
            ExitCode = hits.Count > 0 ? ExitCodes.Done : ExitCodes.Failed,
        };
    }

    sealed class Forward(IProgress<Amount> progress) : IProgress<HarvestProgress>
    {
        public void Report(HarvestProgress value) => progress.Report(new Amount(value.Settled, value.Known, $"{value.Kept} kept, {value.Latest.Host}"));
    }
}
