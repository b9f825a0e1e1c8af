using Shoestring.Survey;

namespace Shoestring.Cli;

/// <summary>Finds what is wrong in lists of papers.</summary>
sealed class PapersLintVerb : Verb
{
    readonly Argument<string[]> files = new("FILE") { Description = "Lists and bibliographies; what one says is held against the others", Arity = ArgumentArity.OneOrMore };
    readonly Option<string?> format = Values.Text("--format", $"One of {string.Join(", ", SourceFile.Formats)} (default: by the file's name)", "FORMAT");
    readonly Option<bool> online = Values.Flag("--online", "Ask arXiv for the titles of all identifiers too");
    readonly Option<string?> arxiv = Values.Text("--arxiv", $"Where arXiv's interface is (default {ArxivClient.Home})", "URL");

    public PapersLintVerb() : base("lint", "Find what is wrong in lists of papers, and propose the mend; exit code 1 where there are errors",
        new Example("shoestring papers lint papers.jsonl references.jsonl", "two lists, each held against the other"),
        new Example("shoestring papers lint README.md --json | jq .rules", "how often each rule was broken"))
    {
        Add(files);
        Add(format);
        Add(online);
        Add(arxiv);
    }

    public override Answer Run(Session session)
    {
        string[] paths = session.Value(files)!;
        SourceEntry[] entries = [.. paths.SelectMany(path => PaperCatalogue.Entries(path, session.Value(format), null))];
        var findings = new List<LintFinding>(Lint.Find(entries));
        foreach (string path in paths)
        {
            string text = UserFiles.ReadText(path);
            if ((session.Value(format) ?? SourceFile.Format(path, text)) == "markdown")
            {
                findings.AddRange(ListTextRules.Find(text, Path.GetFileName(path)));
            }
        }

        long bytes = session.Value(online) ? Online(session, entries, findings) : 0;
        int errors = findings.Count(finding => finding.Level == LintLevel.Error);
        return new Answer(new WorkReport(new Work("papers lint")) { Counted = new Cost { BytesReceived = bytes } }, writer => Fields(writer, entries, findings))
        {
            Text = output => Text(output, session, entries, findings, errors),
            ExitCode = errors > 0 ? ExitCodes.Failed : ExitCodes.Done,
        };
    }

    long Online(Session session, SourceEntry[] entries, List<LintFinding> findings)
    {
        using var client = new PoliteClient(ArxivClient.Gap);
        Uri? address = session.Value(arxiv) is { } url ? WebAddress.Of(url, "--arxiv") : null;
        string[] ids = [.. entries.Select(entry => PaperIdentity.Arxiv(entry.Arxiv) ?? PaperIdentity.Arxiv(entry.Url)).Where(id => id is not null).Select(id => id!).Distinct()];
        findings.AddRange(LintOnline.Find(entries, new ArxivClient(client, address).Named(ids, session.Cancellation).GetAwaiter().GetResult()));
        return client.BytesReceived;
    }

    static void Text(TextWriter output, Session session, SourceEntry[] entries, List<LintFinding> findings, int errors)
    {
        foreach (LintFinding finding in findings.Where(finding => finding.Rule != "venue-spelling"))
        {
            string level = finding.Level == LintLevel.Note ? "note: " : "";
            output.WriteLine(OneLine.Of($"{finding.Source}:{finding.Place}: {level}{finding.Rule}: {finding.Field} \"{finding.Found}\" → {finding.Mend} ({finding.Why})"));
        }

        // One spelling that a list keeps to throughout would hide all else.
        foreach (var spelling in findings.Where(finding => finding.Rule == "venue-spelling").GroupBy(finding => (finding.Source, Word: finding.Found.Split(' ')[0], finding.Mend)))
        {
            output.WriteLine($"{OneLine.Of(spelling.Key.Source)}: venue-spelling: \"{OneLine.Of(spelling.Key.Word)}\" → {spelling.Key.Mend}, {spelling.Count()} entries, the first at {spelling.First().Place}");
        }

        var table = new TextTable("Rule", ">Findings");
        foreach (var rule in findings.GroupBy(finding => finding.Rule).OrderByDescending(rule => rule.Count()))
        {
            table.Row(rule.Key, $"{rule.Count()}");
        }

        table.Write(output, session.Host);
        output.WriteLine($"{entries.Length} entries, {errors} errors, {findings.Count - errors} notes");
        foreach ((string source, string[] missing) in Missing(entries))
        {
            output.WriteLine($"{OneLine.Of(source)} has nothing for: {string.Join(", ", missing)}");
        }
    }

    static IEnumerable<(string Source, string[] Leaves)> Missing(SourceEntry[] entries)
    {
        IReadOnlyList<(string Leaf, IReadOnlyDictionary<string, int> Count)> coverage = Lint.Coverage(entries);
        return entries.Select(entry => entry.Source).Distinct().Select(source => (source, coverage.Where(row => row.Count[source] == 0).Select(row => row.Leaf).ToArray())).Where(pair => pair.Item2.Length > 0);
    }

    static void Fields(Utf8JsonWriter writer, SourceEntry[] entries, List<LintFinding> findings)
    {
        writer.WriteNumber("entries", entries.Length);
        writer.Objects("rules", findings.GroupBy(finding => finding.Rule), rule =>
        {
            writer.WriteString("rule", rule.Key);
            writer.WriteNumber("findings", rule.Count());
        });
        writer.Objects("findings", findings, finding =>
        {
            writer.WriteString("rule", finding.Rule);
            writer.WriteString("level", finding.Level == LintLevel.Error ? "error" : "note");
            writer.WriteString("source", finding.Source);
            writer.WriteString("place", finding.Place);
            writer.WriteString("field", finding.Field);
            writer.WriteString("found", finding.Found);
            writer.WriteString("mend", finding.Mend);
            writer.WriteString("why", finding.Why);
        });
        writer.Objects("missing", Missing(entries), source =>
        {
            writer.WriteString("source", source.Source);
            writer.Strings("leaves", source.Leaves);
        });
    }
}
