using System.Globalization;
using System.Text.Json;
using Shoestring.Tensors;

namespace Shoestring.Survey;

/// <summary>Entries of a bibliography in CSL-JSON (schema csl-data 1.0), as reference managers write it.</summary>
public static class CslJsonSource
{
    /// <summary>Reads a bibliography.</summary>
    /// <param name="text">Its text: an array of items.</param>
    /// <param name="source">What it is called.</param>
    /// <exception cref="InputException">It is no such array, or an item has no title.</exception>
    public static IReadOnlyList<SourceEntry> Read(string text, string source)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            return [.. document.RootElement.EnumerateArray().Select((item, at) => Entry(item, source, at + 1))];
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or FormatException)
        {
            throw new InputException($"it is no CSL-JSON ({fault.Message.TrimEnd('.')})", source, "give an array of items as reference managers export it", fault);
        }
    }

    static SourceEntry Entry(JsonElement item, string source, int number)
    {
        string place = Text(item, "id") ?? number.ToString(CultureInfo.InvariantCulture);
        string title = Text(item, "title") is { Length: > 0 } given ? given : throw new InputException($"the item '{place}' has no title", source, "give it one");
        string? url = Text(item, "URL");
        return new SourceEntry(source, place, TitleText.Tidy(title))
        {
            Authors = item.TryGetProperty("author", out JsonElement authors) ? [.. authors.EnumerateArray().Select(Name).Where(name => name.Length > 0)] : [],
            Year = Year(item),
            Venue = Text(item, "container-title") ?? Text(item, "event-title") ?? Text(item, "publisher"),
            Abstract = Text(item, "abstract"),
            Url = url,
            Arxiv = PaperIdentity.Arxiv(Text(item, "number")) ?? PaperIdentity.Arxiv(url) ?? PaperIdentity.Arxiv(Text(item, "DOI")),
            Doi = PaperIdentity.Doi(Text(item, "DOI")),
            Keywords = [.. (Text(item, "keyword") ?? "").Split([',', ';'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)],
        };
    }

    static string Name(JsonElement author) => Text(author, "literal")
        ?? string.Join(' ', new[] { Text(author, "given"), Text(author, "non-dropping-particle"), Text(author, "family") }.Where(part => part is not null));

    static int? Year(JsonElement item)
    {
        if (!item.TryGetProperty("issued", out JsonElement issued))
        {
            return null;
        }

        if (issued.TryGetProperty("date-parts", out JsonElement parts) && parts.GetArrayLength() > 0 && parts[0].GetArrayLength() > 0)
        {
            return parts[0][0].ValueKind == JsonValueKind.String ? int.Parse(parts[0][0].GetString()!, CultureInfo.InvariantCulture) : parts[0][0].GetInt32();
        }

        return (Text(issued, "raw") ?? Text(issued, "literal")) is { Length: >= 4 } raw && int.TryParse(raw.AsSpan(0, 4), NumberStyles.None, CultureInfo.InvariantCulture, out int year) ? year : null;
    }

    static string? Text(JsonElement item, string name) => item.TryGetProperty(name, out JsonElement value)
        ? value.ValueKind == JsonValueKind.Number ? value.GetRawText() : value.GetString()
        : null;
}
