using Microsoft.Data.Sqlite;
using Shoestring.Tensors;

namespace Shoestring.Survey;

/// <summary>
/// The catalogue in an SQLite file, with full-text search (FTS5) over titles, authors, abstracts, keywords and homes. Several processes
/// may read while one writes; a change is one transaction.
/// </summary>
public sealed class CatalogueStore : IDisposable
{
    const int BusySeconds = 5;

    readonly SqliteConnection connection;

    CatalogueStore(string path, SqliteConnection connection)
    {
        Path = path;
        this.connection = connection;
    }

    /// <summary>The file, or <c>:memory:</c>.</summary>
    public string Path { get; }

    /// <summary>Opens a catalogue's file; where there is none it is made, empty.</summary>
    /// <exception cref="InputException">It is no catalogue, was written by a newer version, or cannot be opened.</exception>
    public static CatalogueStore Open(string path) => Attempt(path, () =>
    {
        if (System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path)) is { } folder)
        {
            Directory.CreateDirectory(folder);
        }

        return Prepared(path, new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadWriteCreate, Pooling = false, DefaultTimeout = BusySeconds });
    });

    /// <summary>A catalogue in memory that holds these papers.</summary>
    public static CatalogueStore Of(IEnumerable<Paper> papers)
    {
        CatalogueStore store = Prepared(":memory:", new SqliteConnectionStringBuilder { DataSource = ":memory:", Pooling = false });
        store.Replace(papers);
        return store;
    }

    /// <summary>All papers, in the order of their keys.</summary>
    /// <exception cref="InputException">The file cannot be read.</exception>
    public IReadOnlyList<Paper> All() => Attempt(Path, () => CatalogueRows.Read(connection, "SELECT id FROM papers ORDER BY key", []));

    /// <summary>The paper of that key, arXiv identifier, DOI or address; null where there is none.</summary>
    /// <exception cref="InputException">The file cannot be read.</exception>
    public Paper? Find(string name) => Attempt(Path, () => CatalogueRows.Read(
        connection, "SELECT id FROM papers WHERE key = $name OR arxiv = $arxiv OR doi = $doi OR url = $url ORDER BY key = $name DESC, id LIMIT 1",
        [("$name", name), ("$arxiv", PaperIdentity.Arxiv(name)), ("$doi", PaperIdentity.Doi(name)), ("$url", PaperIdentity.Canonical(name))]).FirstOrDefault());

    /// <summary>Papers that a search finds, the closest first.</summary>
    /// <exception cref="InputException">The file cannot be read.</exception>
    public IReadOnlyList<Paper> Search(CatalogueQuery query) => Attempt(Path, () =>
    {
        (string sql, IReadOnlyList<(string, object?)> values) = query.Sql(DocumentCount());
        return CatalogueRows.Read(connection, sql, values);
    });

    /// <summary>How many papers there are.</summary>
    public long Count => Attempt(Path, DocumentCount);

    /// <summary>Puts these papers in place of all that were there.</summary>
    /// <exception cref="InputException">The file cannot be written.</exception>
    public void Replace(IEnumerable<Paper> papers) => Attempt(Path, () =>
    {
        using SqliteTransaction transaction = connection.BeginTransaction();
        CatalogueRows.Clear(connection);
        CatalogueRows.Insert(connection, papers);
        transaction.Commit();
        return true;
    });

    /// <summary>What was kept under a name: how far an update went; null where nothing was.</summary>
    public string? State(string name) => Attempt(Path, () =>
    {
        using SqliteCommand command = CatalogueSchema.Command(connection, "SELECT value FROM state WHERE name = $name", [("$name", name)]);
        return command.ExecuteScalar() as string;
    });

    /// <summary>Keeps a value under a name.</summary>
    public void Keep(string name, string value) => Attempt(Path, () =>
    {
        using SqliteCommand command = CatalogueSchema.Command(
            connection, "INSERT INTO state (name, value) VALUES ($name, $value) ON CONFLICT (name) DO UPDATE SET value = $value", [("$name", name), ("$value", value)]);
        return command.ExecuteNonQuery();
    });

    /// <inheritdoc/>
    public void Dispose() => connection.Dispose();

    long DocumentCount()
    {
        using SqliteCommand command = CatalogueSchema.Command(connection, "SELECT count(*) FROM papers", []);
        return (long)command.ExecuteScalar()!;
    }

    static CatalogueStore Prepared(string path, SqliteConnectionStringBuilder builder)
    {
        var connection = new SqliteConnection(builder.ConnectionString);
        try
        {
            connection.Open();
            CatalogueSchema.Prepare(connection, path);
            return new CatalogueStore(path, connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    static T Attempt<T>(string path, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception fault) when (fault is SqliteException or IOException or UnauthorizedAccessException or InvalidCastException or FormatException)
        {
            throw new InputException(
                $"the catalogue cannot be used ({fault.Message.ReplaceLineEndings(" ").TrimEnd('.', ' ')})", path, "name another file, or move this one away to start anew", fault);
        }
    }
}
