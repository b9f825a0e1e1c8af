using System.Text.Json;

namespace Shoestring.Cli.Tests;

public sealed class LedgerVerbTests : IDisposable
{
    readonly Tool tool = new();

    [Fact]
    public void An_empty_ledger_is_no_fault()
    {
        Outcome outcome = tool.Run("ledger");
        outcome.Code.ShouldBe(0, outcome.Error);
        outcome.Output.ShouldContain("no receipts yet");
    }

    [Fact]
    public void Every_command_adds_its_receipt()
    {
        tool.Run("tokenize", "-p", "one two");
        tool.Run("run", "-p", "one two", "-n", "3", "--quiet");
        JsonElement json = tool.Run("ledger", "--json").Json;
        json.GetProperty("entries").EnumerateArray().Select(entry => entry.GetProperty("verb").GetString()).ShouldBe(["run", "tokenize"]);
        json.GetProperty("entries")[0].GetProperty("receipt").GetProperty("work").GetProperty("generatedTokens").GetInt32().ShouldBe(3);
        JsonElement seconds = json.GetProperty("totals").EnumerateArray().Single(total => total.GetProperty("name").GetString() == "seconds");
        seconds.GetProperty("included").GetInt32().ShouldBe(2);
    }

    [Fact]
    public void A_failed_command_adds_nothing()
    {
        tool.Run("tokenize", "-p", "one");
        tool.Run("run", "missing.gguf", "-p", "x");
        tool.Run("ledger", "--json").Json.GetProperty("entries").GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public void It_lists_some_and_totals_all()
    {
        tool.Run("tokenize", "-p", "one");
        tool.Run("tokenize", "-p", "two");
        string output = tool.Run("ledger", "--limit", "1").Output;
        output.ShouldContain("Totals over all 2 receipts (the newest 1 are shown)");
        output.Split('\n').Count(line => line.Contains("tokenize", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public void It_writes_a_table_for_a_spreadsheet()
    {
        tool.Run("tokenize", "-p", "one");
        string path = tool.At("ledger.csv");
        tool.Run("ledger", "--csv", path, "--verb", "tokenize").Output.ShouldContain("1 receipts");
        string[] lines = File.ReadAllLines(path);
        lines.Length.ShouldBe(2);
        lines[0].ShouldStartWith("id,time,verb");
        tool.Run("ledger", "--csv", "-").Output.ShouldStartWith("id,time,verb");
        tool.Run("ledger", "--csv", tool.At("nowhere/x.csv")).Fault.ShouldContain("cannot be written");
    }

    [Fact]
    public void A_file_that_is_no_ledger_is_a_fault()
    {
        tool.Write("ledger.db", new string('x', 5000));
        tool.Run("ledger").Fault.ShouldContain("ledger.db");
        tool.Run("doctor").Code.ShouldBe(0);
    }

    public void Dispose() => tool.Dispose();
}
