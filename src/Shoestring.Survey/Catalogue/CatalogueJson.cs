using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Shoestring.Metering;
using Shoestring.Techniques;

namespace Shoestring.Survey;

/// <summary>Papers as JSON Lines: one object a line, empty fields left out, so that a change to one paper is a change to one line.</summary>
public static class CatalogueJson
{
    static readonly JsonWriterOptions options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes papers, one a line.</summary>
    public static void Write(IEnumerable<Paper> papers, TextWriter writer)
    {
        foreach (Paper paper in papers)
        {
            writer.Write(Line(paper));
            writer.Write('\n');
        }
    }

    /// <summary>One paper as one line without its end.</summary>
    public static string Line(Paper paper)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, options))
        {
            writer.WriteStartObject();
            Fields(writer, paper);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Writes a paper's fields into an object that is open.</summary>
    public static void Fields(Utf8JsonWriter writer, Paper paper)
    {
        writer.WriteString("key", paper.Key);
        writer.WriteString("title", paper.Title);
        Strings(writer, "authors", paper.Authors);
        if (paper.Year is { } year)
        {
            writer.WriteNumber("year", year);
        }

        Text(writer, "venue", paper.Venue);
        Text(writer, "abstract", paper.Abstract);
        Text(writer, "url", paper.Url);
        Text(writer, "arxiv", paper.Arxiv);
        Text(writer, "doi", paper.Doi);
        Text(writer, "code", paper.Code);
        Strings(writer, "homes", paper.Homes.Select(SectionHomes.Name));
        Strings(writer, "resources", paper.Resources.Select(Name));
        Strings(writer, "techniques", paper.Techniques);
        Strings(writer, "keywords", paper.Keywords);
        Origins(writer, paper.Provenance);
    }

    /// <summary>Reads papers that <see cref="Write"/> wrote.</summary>
    /// <exception cref="FormatException">A line is none of its; the message has its number.</exception>
    public static IReadOnlyList<Paper> Read(TextReader reader)
    {
        var papers = new List<Paper>();
        int number = 0;
        while (reader.ReadLine() is { } line)
        {
            number++;
            if (line.Length > 0)
            {
                papers.Add(One(line, number));
            }
        }

        return papers;
    }

    /// <summary>A resource's name in the catalogue's JSON.</summary>
    public static string Name(Resource resource) => resource.ToString().ToLowerInvariant();

    static Paper One(string line, int number)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            return Parse(document.RootElement);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or ArgumentException)
        {
            throw new FormatException($"line {number} is no paper of a catalogue ({fault.Message})", fault);
        }
    }

    internal static Paper Parse(JsonElement root) => new(root.GetProperty("key").GetString()!, root.GetProperty("title").GetString()!)
    {
        Authors = List(root, "authors"),
        Year = root.TryGetProperty("year", out JsonElement year) ? year.GetInt32() : null,
        Venue = Text(root, "venue"),
        Abstract = Text(root, "abstract"),
        Url = Text(root, "url"),
        Arxiv = Text(root, "arxiv"),
        Doi = Text(root, "doi"),
        Code = Text(root, "code"),
        Homes = [.. List(root, "homes").Select(SectionHomes.Named)],
        Resources = [.. List(root, "resources").Select(name => Enum.Parse<Resource>(name, ignoreCase: true))],
        Techniques = List(root, "techniques"),
        Keywords = List(root, "keywords"),
        Provenance = root.TryGetProperty("provenance", out JsonElement origins) ? [.. origins.EnumerateArray().SelectMany(Origins)] : [],
    };

    // What one source says of a paper stands together: its name is longer than most of its values.
    static IEnumerable<Provenance> Origins(JsonElement item)
    {
        string source = Text(item, "source")!;
        string? place = Text(item, "place");
        return item.GetProperty("said").EnumerateObject().Select(said => new Provenance(said.Name, source, place, said.Value.GetString()!));
    }

    static void Origins(Utf8JsonWriter writer, IReadOnlyList<Provenance> origins)
    {
        if (origins.Count == 0)
        {
            return;
        }

        writer.WriteStartArray("provenance");
        foreach (var source in origins.GroupBy(origin => (origin.Source, origin.Place)))
        {
            writer.WriteStartObject();
            writer.WriteString("source", source.Key.Source);
            Text(writer, "place", source.Key.Place);
            writer.WriteStartObject("said");
            foreach (Provenance origin in source.DistinctBy(origin => origin.Field))
            {
                writer.WriteString(origin.Field, origin.Value);
            }

            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    static void Text(Utf8JsonWriter writer, string name, string? value)
    {
        if (value is not null)
        {
            writer.WriteString(name, value);
        }
    }

    static void Strings(Utf8JsonWriter writer, string name, IEnumerable<string> values)
    {
        string[] all = [.. values];
        if (all.Length == 0)
        {
            return;
        }

        writer.WriteStartArray(name);
        foreach (string value in all)
        {
            writer.WriteStringValue(value);
        }

        writer.WriteEndArray();
    }

    static string? Text(JsonElement root, string name) => root.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;

    static IReadOnlyList<string> List(JsonElement root, string name) =>
        root.TryGetProperty(name, out JsonElement values) ? [.. values.EnumerateArray().Select(value => value.GetString()!)] : [];
}
