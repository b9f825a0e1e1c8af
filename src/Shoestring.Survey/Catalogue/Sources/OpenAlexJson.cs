using System.Text.Json;
using Shoestring.Tensors;

namespace Shoestring.Survey;

/// <summary>Entries of an answer of OpenAlex: a list of works.</summary>
public static class OpenAlexJson
{
    const string Source = "OpenAlex (CC0-1.0)";

    /// <summary>Reads one page of works and the cursor of the next; null at the last.</summary>
    /// <param name="text">The answer.</param>
    /// <param name="where">Where it came from, for messages.</param>
    /// <exception cref="InputException">It is no such answer.</exception>
    public static (IReadOnlyList<SourceEntry> Entries, string? Next) Read(string text, string where)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            JsonElement root = document.RootElement;
            if (root.TryGetProperty("error", out JsonElement error))
            {
                throw new InputException($"OpenAlex answers: {error.GetString()}", where, "mend the query");
            }

            string? next = root.TryGetProperty("meta", out JsonElement meta) ? Text(meta, "next_cursor") : null;
            return ([.. root.GetProperty("results").EnumerateArray().Where(work => Text(work, "title") is { Length: > 0 }).Select(Entry)], next);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new InputException($"it is no answer of OpenAlex ({fault.Message.TrimEnd('.')})", where, "give what api.openalex.org/works answers", fault);
        }
    }

    static SourceEntry Entry(JsonElement work)
    {
        string? doi = Text(work, "doi");
        string? landing = Text(work, "primary_location", "landing_page_url");
        return new SourceEntry(Source, Text(work, "id")?.Split('/')[^1] ?? "", TitleText.Tidy(Text(work, "title")!))
        {
            Authors = work.TryGetProperty("authorships", out JsonElement authors) ? [.. authors.EnumerateArray().Select(author => Text(author, "author", "display_name")).Where(name => name is not null).Select(name => name!)] : [],
            Year = work.TryGetProperty("publication_year", out JsonElement year) && year.ValueKind == JsonValueKind.Number ? year.GetInt32() : null,
            Venue = Text(work, "primary_location", "source", "display_name") is { } venue ? venue.StartsWith("arXiv", StringComparison.OrdinalIgnoreCase) ? "arXiv" : venue : null,
            Abstract = Abstract(work),
            Url = landing ?? doi,
            Arxiv = Locations(work).Prepend(landing).Append(doi).Select(PaperIdentity.Arxiv).FirstOrDefault(id => id is not null),
            Doi = PaperIdentity.Doi(doi),
        };
    }

    static IEnumerable<string?> Locations(JsonElement work) =>
        work.TryGetProperty("locations", out JsonElement locations) && locations.ValueKind == JsonValueKind.Array ? locations.EnumerateArray().Select(location => Text(location, "landing_page_url")) : [];

    // OpenAlex gives abstracts as an index from each word to its positions.
    static string? Abstract(JsonElement work)
    {
        if (!work.TryGetProperty("abstract_inverted_index", out JsonElement index) || index.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        (int At, string Word)[] words = [.. index.EnumerateObject().SelectMany(word => word.Value.EnumerateArray().Select(at => (at.GetInt32(), word.Name))).OrderBy(pair => pair.Item1)];
        return words.Length > 0 ? string.Join(' ', words.Select(pair => pair.Word)) : null;
    }

    static string? Text(JsonElement element, params string[] path)
    {
        foreach (string name in path)
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out element))
            {
                return null;
            }
        }

        return element.ValueKind == JsonValueKind.String ? element.GetString() : null;
    }
}
