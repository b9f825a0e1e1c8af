using System.Globalization;
using Microsoft.Data.Sqlite;
using Shoestring.Metering;
using Shoestring.Techniques;

namespace Shoestring.Survey;

/// <summary>Papers as rows of the catalogue's tables.</summary>
static class CatalogueRows
{
    const char Separator = '\u001F';

    /// <summary>Removes all papers.</summary>
    public static void Clear(SqliteConnection connection)
    {
        foreach (string table in (string[])["provenance", "techniques", "resources", "homes", "search", "papers"])
        {
            using SqliteCommand command = CatalogueSchema.Command(connection, $"DELETE FROM {table}", []);
            command.ExecuteNonQuery();
        }
    }

    /// <summary>Adds papers, oldest first, so that a higher number is a newer paper.</summary>
    public static void Insert(SqliteConnection connection, IEnumerable<Paper> papers)
    {
        using var paper = new Row(connection, "papers (id, key, title, authors, year, venue, abstract, url, arxiv, doi, code, keywords)", 12);
        using var text = new Row(connection, "search (rowid, title, authors, keywords, homes, abstract)", 6);
        using var home = new Row(connection, "homes (paper, rank, leaf)", 3);
        using var resource = new Row(connection, "resources (paper, name)", 2);
        using var technique = new Row(connection, "techniques (paper, name)", 2);
        using var origin = new Row(connection, "provenance (paper, rank, field, source, place, value)", 6);
        long id = 0;
        foreach (Paper one in papers.OrderBy(one => one.Year ?? 0).ThenBy(one => one.Key, StringComparer.Ordinal))
        {
            id++;
            paper.Add(id, one.Key, one.Title, Joined(one.Authors), one.Year, one.Venue, one.Abstract, one.Url, one.Arxiv, one.Doi, one.Code, Joined(one.Keywords));
            text.Add(id, one.Title, Words(one.Authors), Words(one.Keywords.Concat(one.Techniques)), Words(one.Homes.Select(SectionHomes.Name)), one.Abstract);
            Add(home, one.Homes.Select((leaf, rank) => new object?[] { id, rank, SectionHomes.Name(leaf) }));
            Add(resource, one.Resources.Distinct().Select(name => new object?[] { id, CatalogueJson.Name(name) }));
            Add(technique, one.Techniques.Distinct().Select(name => new object?[] { id, name }));
            Add(origin, one.Provenance.Select((said, rank) => new object?[] { id, rank, said.Field, said.Source, said.Place, said.Value }));
        }
    }

    /// <summary>Reads the papers whose numbers a query gives, in its order.</summary>
    public static IReadOnlyList<Paper> Read(SqliteConnection connection, string numbers, IReadOnlyList<(string, object?)> values)
    {
        var ids = new List<long>();
        using (SqliteCommand command = CatalogueSchema.Command(connection, numbers, values))
        using (SqliteDataReader reader = command.ExecuteReader())
        {
            while (reader.Read())
            {
                ids.Add(reader.GetInt64(0));
            }
        }

        using var parts = new Parts(connection);
        return [.. ids.Select(parts.Paper)];
    }

    static void Add(Row row, IEnumerable<object?[]> rows)
    {
        foreach (object?[] values in rows)
        {
            row.Add(values);
        }
    }

    static string Joined(IEnumerable<string> values) => string.Join(Separator, values);

    static string Words(IEnumerable<string> values) => string.Join(" ; ", values);

    static string[] Split(string joined) => joined.Length > 0 ? joined.Split(Separator) : [];

    /// <summary>One prepared insertion.</summary>
    sealed class Row : IDisposable
    {
        readonly SqliteCommand command;

        public Row(SqliteConnection connection, string into, int columns)
        {
            string[] names = [.. Enumerable.Range(0, columns).Select(at => string.Create(CultureInfo.InvariantCulture, $"${at}"))];
            command = CatalogueSchema.Command(connection, $"INSERT INTO {into} VALUES ({string.Join(", ", names)})", names.Select(name => (name, (object?)null)));
        }

        public void Add(params object?[] values)
        {
            for (int i = 0; i < values.Length; i++)
            {
                command.Parameters[i].Value = values[i] ?? DBNull.Value;
            }

            command.ExecuteNonQuery();
        }

        public void Dispose() => command.Dispose();
    }

    /// <summary>The queries for the parts of one paper, prepared once.</summary>
    sealed class Parts : IDisposable
    {
        readonly SqliteCommand paper;
        readonly SqliteCommand homes;
        readonly SqliteCommand resources;
        readonly SqliteCommand techniques;
        readonly SqliteCommand origins;

        public Parts(SqliteConnection connection)
        {
            paper = For("SELECT key, title, authors, year, venue, abstract, url, arxiv, doi, code, keywords FROM papers WHERE id = $id");
            homes = For("SELECT leaf FROM homes WHERE paper = $id ORDER BY rank");
            resources = For("SELECT name FROM resources WHERE paper = $id");
            techniques = For("SELECT name FROM techniques WHERE paper = $id ORDER BY name");
            origins = For("SELECT field, source, place, value FROM provenance WHERE paper = $id ORDER BY rank");

            SqliteCommand For(string text) => CatalogueSchema.Command(connection, text, [("$id", 0L)]);
        }

        public Paper Paper(long id)
        {
            Paper bare = Rows(paper, id, reader => new Paper(reader.GetString(0), reader.GetString(1))
            {
                Authors = Split(reader.GetString(2)),
                Year = reader.IsDBNull(3) ? null : reader.GetInt32(3),
                Venue = Text(reader, 4),
                Abstract = Text(reader, 5),
                Url = Text(reader, 6),
                Arxiv = Text(reader, 7),
                Doi = Text(reader, 8),
                Code = Text(reader, 9),
                Keywords = Split(reader.GetString(10)),
            })[0];
            return bare with
            {
                Homes = [.. Rows(homes, id, reader => SectionHomes.Named(reader.GetString(0)))],
                Resources = [.. Rows(resources, id, reader => Enum.Parse<Resource>(reader.GetString(0), ignoreCase: true)).Order()],
                Techniques = Rows(techniques, id, reader => reader.GetString(0)),
                Provenance = Rows(origins, id, reader => new Provenance(reader.GetString(0), reader.GetString(1), Text(reader, 2), reader.GetString(3))),
            };
        }

        public void Dispose()
        {
            foreach (SqliteCommand command in (SqliteCommand[])[paper, homes, resources, techniques, origins])
            {
                command.Dispose();
            }
        }

        static List<T> Rows<T>(SqliteCommand command, long id, Func<SqliteDataReader, T> read)
        {
            command.Parameters[0].Value = id;
            var rows = new List<T>();
            using SqliteDataReader reader = command.ExecuteReader();
            while (reader.Read())
            {
                rows.Add(read(reader));
            }

            return rows;
        }

        static string? Text(SqliteDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
    }
}
