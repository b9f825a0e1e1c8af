using Microsoft.Data.Sqlite;
using Shoestring.Tensors;

namespace Shoestring.Survey;

/// <summary>A place in a document that was found.</summary>
/// <param name="Path">The document, below the output folder.</param>
/// <param name="Url">Where it is from.</param>
/// <param name="Title">Its title, or null.</param>
/// <param name="Page">The page or slide, from 1.</param>
/// <param name="Excerpt">The words around what was looked for, on one line.</param>
public sealed record DocumentHit(string Path, string Url, string? Title, int Page, string Excerpt);

/// <summary>A document whose text could not be read.</summary>
/// <param name="Path">The document, below the output folder.</param>
/// <param name="Reason">Why.</param>
public sealed record UnreadDocument(string Path, string Reason);

/// <summary>The full text of an output folder's documents, page by page, in an SQLite file (FTS5).</summary>
public sealed class DocumentIndex : IDisposable
{
    /// <summary>Its name in the output folder.</summary>
    public const string FileName = "index.db";

    const int Version = 1;
    readonly SqliteConnection connection;
    readonly string root;

    /// <summary>Opens the index of an output folder, or makes it.</summary>
    /// <exception cref="InputException">It cannot be opened, or is none.</exception>
    public DocumentIndex(string folder)
    {
        root = Path.GetFullPath(folder);
        string path = Path.Combine(root, FileName);
        if (!Directory.Exists(root))
        {
            throw new InputException("there is no such folder", root, "harvest into it first");
        }

        connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ConnectionString);
        try
        {
            connection.Open();
            Prepare();
        }
        catch (SqliteException fault)
        {
            connection.Dispose();
            throw new InputException($"the index cannot be opened ({fault.Message.ReplaceLineEndings(" ").TrimEnd('.')})", path, "move the file away to begin a new one", fault);
        }
    }

    /// <summary>Makes the index hold the documents of a harvest and no others; what it has read already stays.</summary>
    /// <param name="entries">The manifest's entries.</param>
    /// <param name="read">Reads the text of a file of a type.</param>
    /// <param name="progress">Is told how many documents are done.</param>
    /// <param name="cancellation">Stops between two documents; what was read is kept.</param>
    /// <returns>What could not be read.</returns>
    public IReadOnlyList<UnreadDocument> Update(
        IReadOnlyList<HarvestEntry> entries, Func<string, string, CancellationToken, DocumentText> read, IProgress<int>? progress, CancellationToken cancellation)
    {
        HarvestEntry[] documents = [.. entries.Where(entry => entry is { Status: HarvestStatus.Kept, Type: { } type } && DocumentReader.Types.Contains(type))];
        RemoveOthers(documents);
        var unread = new List<UnreadDocument>();
        foreach ((int index, HarvestEntry entry) in documents.Index())
        {
            cancellation.ThrowIfCancellationRequested();
            if (!IsRead(entry))
            {
                try
                {
                    Add(entry, read(Path.Combine(root, entry.Path!), entry.Type!, cancellation));
                }
                catch (DocumentFault fault)
                {
                    unread.Add(new UnreadDocument(entry.Path!, fault.Message));
                }
            }

            progress?.Report(index + 1);
        }

        return unread;
    }

    /// <summary>The pages on which all of some words stand, best first.</summary>
    /// <param name="words">Words, of which the last may be a beginning.</param>
    /// <param name="limit">The most that are returned.</param>
    public IReadOnlyList<DocumentHit> Search(string words, int limit)
    {
        string[] terms = words.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (terms.Length == 0)
        {
            return [];
        }

        using SqliteCommand command = Command("""
            SELECT d.path, d.url, d.title, pages.number, snippet(pages, 2, '', '', '…', 24)
            FROM pages JOIN documents d ON d.id = pages.document WHERE pages MATCH $words ORDER BY bm25(pages), d.path, pages.number LIMIT $limit
            """);

        // Quoted, so that signs are words and not the query language.
        string query = string.Join(' ', terms.Select(term => $"\"{term.Replace("\"", "\"\"", StringComparison.Ordinal)}\"")) + "*";
        command.Parameters.AddWithValue("$words", query);
        command.Parameters.AddWithValue("$limit", limit);
        var hits = new List<DocumentHit>();
        using SqliteDataReader reader = command.ExecuteReader();
        while (reader.Read())
        {
            string excerpt = string.Join(' ', reader.GetString(4).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
            hits.Add(new DocumentHit(reader.GetString(0), reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetString(2), reader.GetInt32(3), excerpt));
        }

        return hits;
    }

    /// <summary>Closes it.</summary>
    public void Dispose() => connection.Dispose();

    void Prepare()
    {
        using SqliteCommand version = Command("PRAGMA user_version");
        long found = (long)version.ExecuteScalar()!;
        if (found > Version)
        {
            throw new InputException($"it was written by a newer shoestring (its version is {found}, expected {Version})", Path.Combine(root, FileName), "move the file away to begin a new one");
        }

        using SqliteCommand make = Command($"""
            PRAGMA journal_mode = WAL;
            CREATE TABLE IF NOT EXISTS documents (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, url TEXT NOT NULL, sha256 TEXT NOT NULL, type TEXT NOT NULL,
                title TEXT, author TEXT, page_count INTEGER NOT NULL, truncated INTEGER NOT NULL);
            CREATE VIRTUAL TABLE IF NOT EXISTS pages USING fts5 (document UNINDEXED, number UNINDEXED, text, tokenize = 'unicode61 remove_diacritics 2');
            PRAGMA user_version = {Version};
            """);
        make.ExecuteNonQuery();
    }

    bool IsRead(HarvestEntry entry)
    {
        using SqliteCommand command = Command("SELECT count(*) FROM documents WHERE path = $path AND sha256 = $hash");
        command.Parameters.AddWithValue("$path", entry.Path);
        command.Parameters.AddWithValue("$hash", entry.Sha256);
        return (long)command.ExecuteScalar()! > 0;
    }

    void RemoveOthers(HarvestEntry[] documents)
    {
        HashSet<(string, string)> wanted = [.. documents.Select(entry => (entry.Path!, entry.Sha256!))];
        var others = new List<long>();
        using (SqliteCommand command = Command("SELECT id, path, sha256 FROM documents"))
        using (SqliteDataReader reader = command.ExecuteReader())
        {
            while (reader.Read())
            {
                if (!wanted.Contains((reader.GetString(1), reader.GetString(2))))
                {
                    others.Add(reader.GetInt64(0));
                }
            }
        }

        using SqliteTransaction change = connection.BeginTransaction();
        foreach (long id in others)
        {
            using SqliteCommand remove = Command("DELETE FROM pages WHERE document = $id; DELETE FROM documents WHERE id = $id");
            remove.Parameters.AddWithValue("$id", id);
            remove.ExecuteNonQuery();
        }

        change.Commit();
    }

    void Add(HarvestEntry entry, DocumentText text)
    {
        using SqliteTransaction change = connection.BeginTransaction();
        using SqliteCommand document = Command("""
            INSERT INTO documents (path, url, sha256, type, title, author, page_count, truncated)
            VALUES ($path, $url, $hash, $type, $title, $author, $pages, $truncated) RETURNING id
            """);
        document.Parameters.AddWithValue("$path", entry.Path);
        document.Parameters.AddWithValue("$url", entry.Url);
        document.Parameters.AddWithValue("$hash", entry.Sha256);
        document.Parameters.AddWithValue("$type", entry.Type);
        document.Parameters.AddWithValue("$title", (object?)text.Title ?? DBNull.Value);
        document.Parameters.AddWithValue("$author", (object?)text.Author ?? DBNull.Value);
        document.Parameters.AddWithValue("$pages", text.Pages.Count);
        document.Parameters.AddWithValue("$truncated", text.IsTruncated ? 1 : 0);
        long id = (long)document.ExecuteScalar()!;
        using SqliteCommand page = Command("INSERT INTO pages (document, number, text) VALUES ($document, $number, $text)");
        foreach ((int index, string words) in text.Pages.Index())
        {
            page.Parameters.Clear();
            page.Parameters.AddWithValue("$document", id);
            page.Parameters.AddWithValue("$number", index + 1);
            page.Parameters.AddWithValue("$text", words);
            page.ExecuteNonQuery();
        }

        change.Commit();
    }

    SqliteCommand Command(string text)
    {
        SqliteCommand command = connection.CreateCommand();
        command.CommandText = text;
        return command;
    }
}
