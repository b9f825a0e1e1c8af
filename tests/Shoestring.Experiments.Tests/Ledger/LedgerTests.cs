using System.Text;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Shoestring.Metering;
using Shoestring.Tensors;

namespace Shoestring.Experiments.Tests;

public class LedgerTests
{
    static readonly DateTimeOffset noon = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);

    static Receipt Sample(double joules, string? model = "stories15M, \"small\"") => new()
    {
        Work = new Work("generate", 5, 48, 1) { Model = model },
        Computation = new ComputationFigures { Seconds = Figure.Measured(2, Units.Seconds, "clock") },
        Energy = new EnergyFigures { Joules = joules < 0 ? Figure.Unavailable(Units.Joules, "unknown") : Figure.Modelled(joules, Units.Joules, "E = …") },
    };

    [Fact]
    public void Receipts_come_back_newest_first_as_they_were()
    {
        using var folder = new TemporaryFolder();
        var ledger = new Ledger(folder.File("deep/ledger.db"));
        ledger.TryAppend("run", Sample(1), noon).ShouldBeNull();
        ledger.TryAppend("perplexity", Sample(2, null), noon.AddHours(1)).ShouldBeNull();

        IReadOnlyList<LedgerEntry> entries = ledger.List();
        entries.Select(entry => entry.Verb).ShouldBe(["perplexity", "run"]);
        entries[1].Receipt.ShouldBe(Sample(1));
        entries[1].Time.ShouldBe(noon);
        entries[1].Model.ShouldBe("stories15M, \"small\"");
        entries[0].Model.ShouldBeNull();
        entries[0].Machine.ShouldBe(MachineDescription.Current.ToString());
        ledger.List(limit: 1).Single().Verb.ShouldBe("perplexity");
        ledger.List(verb: "run").Single().Id.ShouldBe(1);
    }

    [Fact]
    public void Totals_say_what_they_include()
    {
        using var folder = new TemporaryFolder();
        var ledger = new Ledger(folder.File("ledger.db"));
        ledger.TryAppend("run", Sample(1)).ShouldBeNull();
        ledger.TryAppend("run", Sample(2.5)).ShouldBeNull();
        ledger.TryAppend("run", Sample(-1)).ShouldBeNull();
        IReadOnlyList<LedgerTotal> totals = ledger.Totals();
        totals.Single(total => total.Name == "joules").ShouldBe(new LedgerTotal("joules", 3.5, Units.Joules, 2, 1));
        totals.Single(total => total.Name == "seconds").Value.ShouldBe(6);
        totals.Single(total => total.Name == "dollars").ShouldBe(new LedgerTotal("dollars", null, Units.Dollars, 0, 3));
        totals.ShouldNotContain(total => total.Name == "peakResidentBytes");
    }

    [Fact]
    public void Exports_csv_with_sources_and_json_with_whole_receipts()
    {
        using var folder = new TemporaryFolder();
        var ledger = new Ledger(folder.File("ledger.db"));
        ledger.TryAppend("run", Sample(1.25), noon).ShouldBeNull();
        var csv = new StringWriter();
        LedgerExport.WriteCsv(ledger.List(), csv);
        string[] lines = csv.ToString().Split("\r\n");
        lines[0].ShouldStartWith("id,time,verb,model,machine,promptTokens,generatedTokens,sequences,flops,flopsSource,seconds,secondsSource,");
        lines[1].ShouldStartWith("1,2026-05-04T12:00:00.000Z,run,\"stories15M, \"\"small\"\"\",");
        lines[1].ShouldContain(",5,48,1,,unavailable,2,measured,");
        lines[1].ShouldContain(",1.25,modelled,");

        using var stream = new MemoryStream();
        LedgerExport.WriteJson(ledger.List(), stream);
        using var document = JsonDocument.Parse(stream.ToArray());
        JsonElement entry = document.RootElement[0];
        entry.GetProperty("verb").GetString().ShouldBe("run");
        ReceiptJson.Read(entry.GetProperty("receipt").GetRawText()).ShouldBe(Sample(1.25));
    }

    [Fact]
    public void Many_writers_at_once_lose_nothing()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("ledger.db");
        string?[] warnings = new string?[40];
        Parallel.For(0, warnings.Length, new ParallelOptions { MaxDegreeOfParallelism = 8 },
            index => warnings[index] = new Ledger(path).TryAppend("run", Sample(index)));
        warnings.ShouldAllBe(warning => warning == null);
        new Ledger(path).List().Count.ShouldBe(warnings.Length);
    }

    [Fact]
    public void A_file_that_is_no_ledger_gives_a_warning_when_written_and_an_error_when_read()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("ledger.db");
        byte[] rubbish = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("this is no database\n", 100)));
        File.WriteAllBytes(path, rubbish);
        string warning = new Ledger(path).TryAppend("run", Sample(1))!;
        warning.ShouldContain(path);
        warning.ShouldNotContain("\n");
        File.ReadAllBytes(path).ShouldBe(rubbish);
        Should.Throw<InputException>(() => new Ledger(path).List()).Where.ShouldBe(path);
    }

    [Fact]
    public void A_folder_in_its_place_and_a_newer_version_give_a_warning()
    {
        using var folder = new TemporaryFolder();
        new Ledger(folder.Path).TryAppend("run", Sample(1)).ShouldNotBeNull();
        string path = folder.File("ledger.db");
        new Ledger(path).TryAppend("run", Sample(1)).ShouldBeNull();
        Sql(path, "PRAGMA user_version = 9");
        new Ledger(path).TryAppend("run", Sample(1))!.ShouldContain("newer version");
        Should.Throw<InputException>(() => new Ledger(path).List()).What.ShouldContain("newer version");
    }

    [Fact]
    public void A_locked_ledger_gives_a_warning_after_a_while()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("ledger.db");
        new Ledger(path).TryAppend("run", Sample(1)).ShouldBeNull();
        using var holder = new SqliteConnection($"Data Source={path};Pooling=False");
        holder.Open();
        using SqliteTransaction transaction = holder.BeginTransaction(System.Data.IsolationLevel.Serializable);
        using (SqliteCommand command = holder.CreateCommand())
        {
            command.CommandText = "DELETE FROM receipts";
            command.Transaction = transaction;
            command.ExecuteNonQuery();
        }

        new Ledger(path) { BusySeconds = 1 }.TryAppend("run", Sample(2))!.ShouldContain("locked");
        new Ledger(path).List().Count.ShouldBe(1);
        transaction.Rollback();
        new Ledger(path).TryAppend("run", Sample(2)).ShouldBeNull();
    }

    [Fact]
    public void A_receipt_of_another_schema_is_listed_and_counted_as_unavailable()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("ledger.db");
        var ledger = new Ledger(path);
        ledger.TryAppend("run", Sample(1)).ShouldBeNull();
        Sql(path, "INSERT INTO receipts (time, verb, machine, receipt) VALUES ('2027-01-01T00:00:00.000Z', 'dream', 'm', '{\"schema\":\"shoestring.receipt/7\"}')");
        IReadOnlyList<LedgerEntry> entries = ledger.List();
        entries[0].Receipt.ShouldBeNull();
        Ledger.Totals(entries).Single(total => total.Name == "joules").ShouldBe(new LedgerTotal("joules", 1, Units.Joules, 1, 1));
        var csv = new StringWriter();
        LedgerExport.WriteCsv(entries, csv);
        csv.ToString().ShouldContain("dream");
        using var stream = new MemoryStream();
        LedgerExport.WriteJson(entries, stream);
        Encoding.UTF8.GetString(stream.ToArray()).ShouldContain("shoestring.receipt/7");
    }

    [Fact]
    public void Reading_before_anything_was_written_says_so()
    {
        using var folder = new TemporaryFolder();
        Should.Throw<InputException>(() => new Ledger(folder.File("ledger.db")).Totals()).What.ShouldBe("there is no ledger yet");
    }

    static void Sql(string path, string text)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }
}
