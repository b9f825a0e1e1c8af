using System.Globalization;
using Microsoft.Data.Sqlite;
using Shoestring.Metering;
using Shoestring.Tensors;
using Work = Shoestring.Metering.Work;

namespace Shoestring.Experiments;

/// <summary>
/// Every receipt of this user, in an SQLite file under the data folder. Several processes may write at once. A ledger that
/// cannot be written never stops the work that was done: <see cref="TryAppend"/> answers with a warning.
/// </summary>
/// <param name="path">The file, or null for the user's own.</param>
public sealed class Ledger(string? path = null)
{
    const int Version = 1;

    /// <summary>How long to wait for another process that is writing.</summary>
    internal int BusySeconds { get; init; } = 5;

    /// <summary>The file.</summary>
    public string Path { get; } = path ?? UserFolders.Current.LedgerFile;

    /// <summary>Adds a receipt. Returns null when it is kept, else one line that says why it is not.</summary>
    public string? TryAppend(string verb, Receipt receipt, DateTimeOffset? time = null)
    {
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!);
            using SqliteConnection connection = Open(SqliteOpenMode.ReadWriteCreate);
            Prepare(connection);
            Insert(connection, verb, receipt, time ?? DateTimeOffset.UtcNow);
            return null;
        }
        catch (Exception error) when (error is SqliteException or IOException or UnauthorizedAccessException or LedgerVersionException)
        {
            return $"the receipt was not kept in the ledger {Path}: {OneLine(error)}";
        }
    }

    /// <summary>The newest receipts, newest first.</summary>
    /// <param name="limit">How many at most, or null for all.</param>
    /// <param name="verb">Only those of this command, or null for all.</param>
    /// <exception cref="InputException">The file is not a ledger or cannot be read.</exception>
    public IReadOnlyList<LedgerEntry> List(int? limit = null, string? verb = null) => Reading(connection =>
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText =
            "SELECT id, time, verb, model, machine, receipt FROM receipts WHERE $verb IS NULL OR verb = $verb ORDER BY id DESC LIMIT $limit";
        command.Parameters.AddWithValue("$verb", (object?)verb ?? DBNull.Value);
        command.Parameters.AddWithValue("$limit", limit ?? -1);
        return Entries(command);
    });

    /// <summary>Sums over all receipts of the figures that add up.</summary>
    /// <exception cref="InputException">The file is not a ledger or cannot be read.</exception>
    public IReadOnlyList<LedgerTotal> Totals() => Totals(List());

    /// <summary>Sums over <paramref name="entries"/> of the figures that add up.</summary>
    public static IReadOnlyList<LedgerTotal> Totals(IReadOnlyList<LedgerEntry> entries) =>
    [
        .. LedgerColumns.All.Where(column => column.Adds).Select(column =>
        {
            Figure[] figures = [.. entries.Where(entry => entry.Receipt is not null).Select(entry => column.Figure(entry.Receipt!))];
            double[] known = [.. figures.Where(figure => figure.Value is not null).Select(figure => figure.Value!.Value)];
            string unit = column.Figure(empty).Unit;
            return new LedgerTotal(column.Name, known.Length > 0 ? known.Sum() : null, unit, known.Length, entries.Count - known.Length);
        }),
    ];

    static readonly Receipt empty = new() { Work = new Metering.Work("none") };

    T Reading<T>(Func<SqliteConnection, T> read) where T : class
    {
        try
        {
            if (!File.Exists(Path))
            {
                throw new InputException("there is no ledger yet", Path, "run a command first: each adds its receipt");
            }

            using SqliteConnection connection = Open(SqliteOpenMode.ReadWrite);
            Prepare(connection);
            return read(connection);
        }
        catch (Exception error) when (error is SqliteException or IOException or UnauthorizedAccessException or LedgerVersionException or FormatException or InvalidCastException)
        {
            throw new InputException($"the ledger cannot be read: {OneLine(error)}", Path, "move the file away to start a new one", error);
        }
    }

    SqliteConnection Open(SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = Path,
            Mode = mode,
            Pooling = false,
            DefaultTimeout = BusySeconds,
        }.ConnectionString);
        try
        {
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    // The write-ahead log lets readers go on while one process writes; two that create the file at once wait for each other.
    static void Prepare(SqliteConnection connection)
    {
        long version = (long)Scalar(connection, "PRAGMA user_version");
        if (version > Version)
        {
            throw new LedgerVersionException($"it was written by a newer version of shoestring (its version is {version}, expected {Version})");
        }

        if (version < Version)
        {
            Execute(connection, "PRAGMA journal_mode = WAL");
            Execute(connection, $"""
                BEGIN IMMEDIATE;
                CREATE TABLE IF NOT EXISTS receipts (
                    id INTEGER PRIMARY KEY, time TEXT NOT NULL, verb TEXT NOT NULL, model TEXT, machine TEXT NOT NULL, receipt TEXT NOT NULL);
                PRAGMA user_version = {Version};
                COMMIT;
                """);
        }
    }

    static void Insert(SqliteConnection connection, string verb, Receipt receipt, DateTimeOffset time)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "INSERT INTO receipts (time, verb, model, machine, receipt) VALUES ($time, $verb, $model, $machine, $receipt)";
        command.Parameters.AddWithValue("$time", time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));
        command.Parameters.AddWithValue("$verb", verb);
        command.Parameters.AddWithValue("$model", (object?)receipt.Work.Model ?? DBNull.Value);
        command.Parameters.AddWithValue("$machine", MachineDescription.Current.ToString());
        command.Parameters.AddWithValue("$receipt", ReceiptJson.Write(receipt));
        command.ExecuteNonQuery();
    }

    static List<LedgerEntry> Entries(SqliteCommand command)
    {
        var entries = new List<LedgerEntry>();
        using SqliteDataReader reader = command.ExecuteReader();
        while (reader.Read())
        {
            entries.Add(new LedgerEntry(
                reader.GetInt64(0), DateTimeOffset.Parse(reader.GetString(1), CultureInfo.InvariantCulture), reader.GetString(2),
                reader.IsDBNull(3) ? null : reader.GetString(3), reader.GetString(4), reader.GetString(5)));
        }

        return entries;
    }

    static void Execute(SqliteConnection connection, string text) => Scalar(connection, text);

    static object Scalar(SqliteConnection connection, string text)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = text;
        return command.ExecuteScalar() ?? DBNull.Value;
    }

    static string OneLine(Exception error) => error.Message.ReplaceLineEndings(" ").TrimEnd('.', ' ');

    sealed class LedgerVersionException(string message) : Exception(message);
}
