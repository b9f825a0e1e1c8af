using Shoestring.Survey;

namespace Shoestring.Cli;

/// <summary>Brings lists and bibliographies into the catalogue.</summary>
sealed class PapersImportVerb : Verb
{
    const int ShownConflicts = 20;

    readonly Argument<string[]> files = new("FILE") { Description = "Lists, bibliographies, archives' answers, reviewed updates", Arity = ArgumentArity.OneOrMore };
    readonly Option<string?> format = Values.Text("--format", $"One of {string.Join(", ", SourceFile.Formats)} (default: by the file's name)", "FORMAT");
    readonly Option<string?> source = Values.Text("--source", "What the source is called, with revision and licence (default: what the file says, or its name)", "NAME");
    readonly Option<bool> empty = Values.Flag("--empty", "Begin a new catalogue with nothing rather than with what comes with the tool");
    readonly Option<bool> dry = Values.Flag("--dry-run", "Say what would come of it and write nothing");
    readonly Option<string?> report = Values.Text("--conflicts", "Write every conflict, drop and mend as JSON Lines", "FILE");
    readonly Option<string?> catalogue = PaperCatalogue.Option();

    public PapersImportVerb() : base("import", "Bring papers into the catalogue; each entry joins its paper, and every conflict is listed",
        new Example("shoestring papers import list.md refs.bib", "a list in Markdown and a bibliography"),
        new Example("shoestring papers import new.jsonl", "a reviewed update"))
    {
        Add(files);
        foreach (Option option in (Option[])[format, source, empty, dry, report, catalogue])
        {
            Add(option);
        }
    }

    public override Answer Run(Session session)
    {
        SourceEntry[] entries = [.. session.Value(files)!.SelectMany(path => PaperCatalogue.Entries(path, session.Value(format), session.Value(source)))];
        bool writes = !session.Value(dry);
        using CatalogueStore store = writes ? PaperCatalogue.Write(session, catalogue, session.Value(empty))
            : session.Value(empty) ? CatalogueStore.Of([]) : PaperCatalogue.Read(session, catalogue);
        long before = store.Count;
        MergeReport merged = CatalogueMerge.Run(store.All(), entries, Mend.Known);
        if (writes)
        {
            store.Replace(merged.Papers);
        }

        if (session.Value(report) is { } path)
        {
            UserFiles.Write(path, writer => MergeReportJson.Write(merged, writer));
        }

        return new Answer(new WorkReport(new Work("papers import")), writer => MergeReportJson.Fields(writer, merged, before))
        {
            Text = output => Text(output, session, merged, before),
        };
    }

    static void Text(TextWriter output, Session session, MergeReport merged, long before)
    {
        var table = new TextTable("Source", ">In", ">New papers", ">Joined a paper", ">Repeated in it", ">Dropped");
        foreach (SourceCount count in merged.Counts)
        {
            table.Row(count.Source, $"{count.In}", $"{count.New}", $"{count.Merged}", $"{count.Repeated}", $"{count.Dropped}");
        }

        table.Write(output, session.Host);
        output.WriteLine($"{before} papers before, {merged.Papers.Count} now; {merged.Mends.Count} known errors mended, {merged.Conflicts.Count} conflicts");
        foreach (DroppedEntry entry in merged.Dropped)
        {
            output.WriteLine($"dropped {OneLine.Of(entry.Entry.Where)}: {entry.Reason}");
        }

        foreach (MergeConflict conflict in merged.Conflicts.Take(ShownConflicts))
        {
            output.WriteLine(OneLine.Of($"{conflict.Key}: {conflict.Field} is \"{conflict.Kept}\", \"{conflict.Other}\" by {conflict.Where}"));
        }

        if (merged.Conflicts.Count > ShownConflicts)
        {
            output.WriteLine($"and {merged.Conflicts.Count - ShownConflicts} more; --conflicts FILE writes all");
        }
    }
}
