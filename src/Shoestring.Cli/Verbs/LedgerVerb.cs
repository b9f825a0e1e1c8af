namespace Shoestring.Cli;

/// <summary>Lists past receipts.</summary>
sealed class LedgerVerb : Verb
{
    const int UsualLimit = 20;

    readonly Option<int?> limit = Values.Integer("--limit", $"How many, newest first (default {UsualLimit}; with --json or --csv all)", 1);
    readonly Option<string?> verb = Values.Text("--verb", "Only those of one verb", "VERB");
    readonly Option<string?> csv = Values.Text("--csv", "Write a table of comma-separated values; - is standard output", "FILE");

    public LedgerVerb() : base("ledger", "List past receipts and their totals",
        new Example("shoestring ledger", "the newest receipts, and totals over all"),
        new Example("shoestring ledger --verb run --csv runs.csv", "every run's figures, for a spreadsheet"),
        new Example("shoestring ledger --json | jq .totals", "for a program"))
    {
        Add(limit);
        Add(verb);
        Add(csv);
    }

    public override Answer Run(Session session)
    {
        var ledger = new Ledger(session.Host.Folders.LedgerFile);
        bool exists = File.Exists(ledger.Path);
        IReadOnlyList<LedgerEntry> all = exists ? ledger.List(verb: session.Value(verb)) : [];
        IReadOnlyList<LedgerTotal> totals = Ledger.Totals(all);
        int? usual = session.Json || session.Value(csv) is not null ? null : UsualLimit;
        LedgerEntry[] shown = [.. all.Take(session.Value(limit) ?? usual ?? all.Count)];
        bool listed = Export(session, shown);
        return new Answer(new WorkReport(new Work("ledger")), writer => LedgerFields.Write(writer, ledger.Path, shown, totals))
        {
            Text = output =>
            {
                if (!listed)
                {
                    LedgerText.Write(output, session.Host, ledger.Path, shown, all.Count, totals);
                }
            },
        };
    }

    bool Export(Session session, LedgerEntry[] entries)
    {
        string? path = session.Value(csv);
        if (path == "-")
        {
            LedgerExport.WriteCsv(entries, session.Text);
        }
        else if (path is not null)
        {
            UserFiles.Write(path, writer => LedgerExport.WriteCsv(entries, writer));
            session.Text.WriteLine($"{path}: {entries.Length} receipts");
        }

        return path is not null;
    }
}
