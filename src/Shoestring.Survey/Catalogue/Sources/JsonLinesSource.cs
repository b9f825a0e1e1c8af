using System.Globalization;
using System.Text.Json;
using Shoestring.Tensors;

namespace Shoestring.Survey;

/// <summary>
/// Entries as JSON Lines: the lists of the survey, exports of this catalogue, reviewed updates. Known fields are <c>title</c>,
/// <c>authors</c>, <c>year</c>, <c>venue</c>, <c>abstract</c>, <c>url</c>, <c>arxiv</c>, <c>doi</c>, <c>code</c>, <c>section</c>, <c>keywords</c>, <c>homes</c>,
/// <c>source</c>, <c>place</c>, <c>line</c> or <c>ref</c>, <c>name</c>, <c>arxivFrom</c>; others are passed over.
/// </summary>
public static class JsonLinesSource
{
    /// <summary>Longest line that is read: a paper with its abstract has a few kilobytes.</summary>
    const int LongestLine = 1 << 20;

    /// <summary>Reads a whole file.</summary>
    /// <param name="text">Its text.</param>
    /// <param name="file">Its name: for messages, and the source's name where an entry says none.</param>
    /// <exception cref="InputException">A line is no JSON object or has no title.</exception>
    public static IReadOnlyList<SourceEntry> Read(string text, string file)
    {
        var entries = new List<SourceEntry>();
        int number = 0;
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            number++;
            if (!line.IsWhiteSpace())
            {
                entries.Add(Entry(line.TrimStart('\uFEFF'), file, number));
            }
        }

        return entries;
    }

    static SourceEntry Entry(ReadOnlySpan<char> line, string file, int number)
    {
        string where = $"{file}:{number}";
        if (line.Length > LongestLine)
        {
            throw new InputException($"the line has {line.Length} letters, more than the {LongestLine} that are read", where, "give one paper a line");
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(line.ToString());
            JsonElement root = document.RootElement;
            string title = Text(root, "title") is { Length: > 0 } given ? given : throw new InputException("the entry has no title", where, "give it a field \"title\"");
            return Of(root, Text(root, "source") ?? SourceName(file), Place(root, number), title);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or FormatException)
        {
            throw new InputException($"it is not one JSON object of a paper ({fault.Message.TrimEnd('.')})", where, "mend or remove the line", fault);
        }
    }

    static SourceEntry Of(JsonElement root, string source, string place, string title) => new(source, place, title)
    {
        Authors = List(root, "authors"),
        Year = Year(root),
        Venue = Text(root, "venue"),
        Abstract = Text(root, "abstract"),
        Url = Text(root, "url"),
        Arxiv = Text(root, "arxiv"),
        Doi = Text(root, "doi"),
        Code = Text(root, "code"),
        Section = Text(root, "section"),
        Keywords = List(root, "keywords"),
        Homes = [.. List(root, "homes").Select(SectionHomes.Named)],
        ArxivFrom = Text(root, "arxivFrom"),
        ShortName = Text(root, "name"),
    };

    // The reference list of the survey says no source of its own.
    static string SourceName(string file) => Path.GetFileName(file) == "references.jsonl"
        ? "arXiv 2401.00625v4, references (bibliographic facts)"
        : Path.GetFileName(file);

    static string Place(JsonElement root, int number) =>
        Text(root, "place") ?? Number(root, "line") ?? Number(root, "ref") ?? number.ToString(CultureInfo.InvariantCulture);

    static string? Number(JsonElement root, string name) => root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number
        ? value.GetRawText()
        : null;

    static int? Year(JsonElement root) => root.TryGetProperty("year", out JsonElement value)
        ? value.ValueKind switch
        {
            JsonValueKind.Number => value.GetInt32(),
            JsonValueKind.String when int.TryParse(value.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out int year) => year,
            JsonValueKind.Null => null,
            _ => throw new FormatException("\"year\" is no whole number"),
        }
        : null;

    static string? Text(JsonElement root, string name) => root.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null
        ? value.GetString()
        : null;

    static IReadOnlyList<string> List(JsonElement root, string name) => root.TryGetProperty(name, out JsonElement value)
        ? value.ValueKind switch
        {
            JsonValueKind.Array => [.. value.EnumerateArray().Select(item => item.GetString() ?? throw new FormatException($"\"{name}\" holds a null"))],
            JsonValueKind.String => [value.GetString()!],
            JsonValueKind.Null => [],
            _ => throw new FormatException($"\"{name}\" is neither text nor a list"),
        }
        : [];
}
