using Microsoft.Data.Sqlite;
using Shoestring.Tensors;

namespace Shoestring.Survey;

/// <summary>The catalogue's tables.</summary>
static class CatalogueSchema
{
    const int Version = 1;

    /// <summary>Marks the file as a catalogue ("SHOE").</summary>
    const int ApplicationId = 0x53484F45;

    const string Tables = """
        BEGIN IMMEDIATE;
        CREATE TABLE IF NOT EXISTS papers (
            id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, title TEXT NOT NULL, authors TEXT NOT NULL, year INTEGER, venue TEXT,
            abstract TEXT, url TEXT, arxiv TEXT, doi TEXT, code TEXT, keywords TEXT NOT NULL);
        CREATE TABLE IF NOT EXISTS homes (paper INTEGER NOT NULL REFERENCES papers ON DELETE CASCADE, rank INTEGER NOT NULL, leaf TEXT NOT NULL, PRIMARY KEY (paper, rank)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS resources (paper INTEGER NOT NULL REFERENCES papers ON DELETE CASCADE, name TEXT NOT NULL, PRIMARY KEY (paper, name)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS techniques (paper INTEGER NOT NULL REFERENCES papers ON DELETE CASCADE, name TEXT NOT NULL, PRIMARY KEY (paper, name)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS provenance (paper INTEGER NOT NULL REFERENCES papers ON DELETE CASCADE, rank INTEGER NOT NULL, field TEXT NOT NULL, source TEXT NOT NULL, place TEXT, value TEXT NOT NULL, PRIMARY KEY (paper, rank)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS papers_by_arxiv ON papers (arxiv);
        CREATE INDEX IF NOT EXISTS papers_by_doi ON papers (doi);
        CREATE INDEX IF NOT EXISTS papers_by_url ON papers (url);
        CREATE INDEX IF NOT EXISTS homes_by_leaf ON homes (leaf, paper);
        CREATE VIRTUAL TABLE IF NOT EXISTS search USING fts5 (
            title, authors, keywords, homes, abstract, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3 4');
        COMMIT;
        """;

    /// <summary>Makes the tables where they are missing; refuses files of others and of newer versions.</summary>
    public static void Prepare(SqliteConnection connection, string path)
    {
        long version = (long)Scalar(connection, "PRAGMA user_version");
        long application = (long)Scalar(connection, "PRAGMA application_id");
        if (version > Version)
        {
            throw new InputException($"it was written by a newer version of shoestring (its version is {version}, expected {Version})", path, "update shoestring or name another file");
        }

        if (application != ApplicationId && (long)Scalar(connection, "SELECT count(*) FROM sqlite_master") > 0)
        {
            throw new InputException("it is a database, but no catalogue", path, "name another file");
        }

        if (version < Version)
        {
            Scalar(connection, "PRAGMA journal_mode = WAL");
            Scalar(connection, Tables);
            Scalar(connection, $"PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {Version}");
        }

        Scalar(connection, "PRAGMA foreign_keys = ON");
    }

    /// <summary>A command with its values.</summary>
    public static SqliteCommand Command(SqliteConnection connection, string text, IEnumerable<(string Name, object? Value)> values)
    {
        SqliteCommand command = connection.CreateCommand();
        command.CommandText = text;
        foreach ((string name, object? value) in values)
        {
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        }

        return command;
    }

    static object Scalar(SqliteConnection connection, string text)
    {
        using SqliteCommand command = Command(connection, text, []);
        return command.ExecuteScalar() ?? DBNull.Value;
    }
}
