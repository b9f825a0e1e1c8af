using Shoestring.Survey;

namespace Shoestring.Cli;

/// <summary>Fetches what is new, classifies it, and writes a change for people to read.</summary>
sealed class PapersUpdateVerb : Verb
{
    const string UsualQuery = "(cat:cs.CL OR cat:cs.LG OR cat:cs.DC OR cat:cs.AR) AND abs:\"large language models\" AND (ti:efficient OR ti:quantization OR ti:pruning OR ti:compression OR ti:distillation OR ti:cache OR ti:speculative OR ti:sparse OR ti:\"low-rank\")";
    const string UsualWords = "efficient large language models";
    const int UsualLimit = 500;
    const string LastDay = "updated";

    readonly Option<string?> output = Values.Text("--out", "Where the change is written (default update.jsonl)", "FILE", "-o");
    readonly Option<string?> from = Values.Text("--from", "arxiv, openalex or both (default arxiv)", "ARCHIVE");
    readonly Option<string?> since = Values.Text("--since", "The first day, as 2025-03-15 (default: the day of the last update, else the newest month of the catalogue)", "DAY");
    readonly Option<string?> query = Values.Text("--query", "What arXiv is asked, in its syntax", "QUERY");
    readonly Option<string?> words = Values.Text("--words", $"What OpenAlex is asked (default: {UsualWords})", "WORDS");
    readonly Option<int?> limit = Values.Integer("--limit", $"How many papers are fetched at most from each (default {UsualLimit})", 1, 10000);
    readonly Option<string?> contact = Values.Text("--contact", "An address that the archives can write to", "MAIL");
    readonly Option<string?> arxiv = Values.Text("--arxiv", $"Where arXiv's interface is (default {ArxivClient.Home})", "URL");
    readonly Option<string?> openAlex = Values.Text("--openalex", $"Where OpenAlex's interface is (default {OpenAlexClient.Home})", "URL");
    readonly Option<string?> catalogue = PaperCatalogue.Option();

    public PapersUpdateVerb() : base("update", "Fetch what is new since the last time, classify it, and write a change to be read before papers import applies it",
        new Example("shoestring papers update -o new.jsonl", "fetch; then read and mend new.jsonl, and"),
        new Example("shoestring papers import new.jsonl", "apply it"))
    {
        foreach (Option option in (Option[])[output, from, since, query, words, limit, contact, arxiv, openAlex, catalogue])
        {
            Add(option);
        }
    }

    public override Answer Run(Session session)
    {
        using CatalogueStore store = PaperCatalogue.Write(session, catalogue, empty: false);
        IReadOnlyList<Survey.Paper> known = store.All();
        DateOnly today = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime);
        DateOnly first = FirstDay(session, store, known);
        (IReadOnlyList<SourceEntry> entries, long bytes) = Fetch(session, first, today).GetAwaiter().GetResult();
        IReadOnlyList<NewPaper> fresh = CatalogueUpdate.New(known, entries, LeafClassifier.Train(known));
        string path = session.Value(output) ?? "update.jsonl";
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        CatalogueUpdate.Write(fresh, text);
        WholeFile.Write(path, System.Text.Encoding.UTF8.GetBytes(text.ToString()));
        store.Keep(LastDay, today.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        int asked = fresh.Count(paper => paper.Found.Asks);
        return new Answer(new WorkReport(new Work("papers update")) { Counted = new Cost { BytesReceived = bytes } }, writer =>
        {
            writer.WriteString("path", path);
            writer.WriteString("since", first.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
            writer.WriteNumber("fetched", entries.Count);
            writer.WriteNumber("new", fresh.Count);
            writer.WriteNumber("asked", asked);
        })
        {
            Text = writer => writer.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{path}: {fresh.Count} new of {entries.Count} papers since {first:yyyy-MM-dd}; {asked} have no home yet. Read it, then: shoestring papers import {path}")),
        };
    }

    DateOnly FirstDay(Session session, CatalogueStore store, IReadOnlyList<Survey.Paper> known)
    {
        if ((session.Value(since) ?? store.State(LastDay)) is { } day)
        {
            return DateOnly.TryParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly parsed)
                ? parsed
                : throw new InputException($"'{day}' is no day", "--since", "give it as 2025-03-15");
        }

        (int Year, int Month) newest = known.Select(paper => PaperIdentity.ArxivDate(paper.Arxiv)).Max() ?? (1991, 8);
        return new DateOnly(newest.Year, newest.Month, 1);
    }

    async Task<(IReadOnlyList<SourceEntry> Entries, long Bytes)> Fetch(Session session, DateOnly first, DateOnly last)
    {
        string archive = session.Value(from) ?? "arxiv";
        if (archive is not ("arxiv" or "openalex" or "both"))
        {
            throw new InputException($"'{archive}' is no archive that is asked", "--from", "use arxiv, openalex or both");
        }

        string? mail = session.Value(contact);
        int most = session.Value(limit) ?? UsualLimit;
        var entries = new List<SourceEntry>();
        long bytes = 0;
        if (archive is "arxiv" or "both")
        {
            using var client = new PoliteClient(ArxivClient.Gap, contact: mail);
            var asked = new ArxivClient(client, session.Value(arxiv) is { } url ? WebAddress.Of(url, "--arxiv") : null);
            entries.AddRange(await asked.Since(session.Value(query) ?? UsualQuery, first, last, most, session.Cancellation).ConfigureAwait(false));
            bytes += client.BytesReceived;
        }

        if (archive is "openalex" or "both")
        {
            using var client = new PoliteClient(OpenAlexClient.Gap, contact: mail);
            var asked = new OpenAlexClient(client, session.Value(openAlex) is { } url ? WebAddress.Of(url, "--openalex") : null, mail);
            entries.AddRange(await asked.Since(session.Value(words) ?? UsualWords, first, last, most, session.Cancellation).ConfigureAwait(false));
            bytes += client.BytesReceived;
        }

        return (entries, bytes);
    }
}
