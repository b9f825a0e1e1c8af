namespace Shoestring.Cli;

/// <summary>The ledger for people.</summary>
static class LedgerText
{
    /// <summary>Writes the entries and the totals.</summary>
    public static void Write(
        TextWriter output, Host host, string path, IReadOnlyList<LedgerEntry> shown, int all, IReadOnlyList<LedgerTotal> totals)
    {
        if (all == 0)
        {
            output.WriteLine($"{path}: no receipts yet; every command adds one");
            return;
        }

        var table = new TextTable(">No.", "Time (UTC)", "Verb", "Model", ">Tokens", ">Seconds", ">Peak", ">Energy", ">Money");
        foreach (LedgerEntry entry in shown)
        {
            Row(table, entry);
        }

        table.Write(output, host);
        output.WriteLine();
        output.WriteLine(all > shown.Count ? $"Totals over all {all} receipts (the newest {shown.Count} are shown)" : $"Totals over {all} receipts");
        var sums = new TextTable("", ">", "");
        foreach (LedgerTotal total in totals)
        {
            sums.Row(total.Name, total.Value is { } value ? FigureText.Format(value, total.Unit) : "–", $"over {total.Included}{Without(total)}");
        }

        sums.Write(output, host);
    }

    static string Without(LedgerTotal total) => total.Unavailable > 0 ? $"; {total.Unavailable} did not have it" : "";

    static void Row(TextTable table, LedgerEntry entry)
    {
        string time = entry.Time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
        string number = entry.Id.ToString(CultureInfo.InvariantCulture);
        Receipt? receipt = entry.Receipt;
        if (receipt is null)
        {
            table.Row(number, time, entry.Verb, Short(entry.Model), "another schema", "", "", "", "");
            return;
        }

        long tokens = receipt.Work.PromptTokens + receipt.Work.GeneratedTokens;
        table.Row(number, time, entry.Verb, Short(entry.Model), tokens > 0 ? tokens.ToString(CultureInfo.InvariantCulture) : "",
            receipt.Computation.Seconds.ToString(), receipt.Memory.PeakResidentBytes.ToString(), receipt.Energy.Joules.ToString(), receipt.Money.Dollars.ToString());
    }

    static string Short(string? model) => model is null ? "" : Path.GetFileName(model.TrimEnd('/', '\\'));
}
