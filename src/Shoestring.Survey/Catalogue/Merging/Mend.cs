using System.Text.Json;
using Shoestring.Techniques;

namespace Shoestring.Survey;

/// <summary>A known error of a source and what is true instead, found by people and checked against the paper itself.</summary>
/// <param name="Source">How the source's name begins, without its revision.</param>
/// <param name="Place">Line or number within it.</param>
/// <param name="Field">The field that is wrong; <c>homes</c> where an entry stands in the wrong section.</param>
/// <param name="From">What stands there; a source that was mended since no longer matches.</param>
/// <param name="To">What is true; empty where the field should have nothing.</param>
/// <param name="Why">How that is known.</param>
public sealed record Mend(string Source, string Place, string Field, string? From, string To, string Why)
{
    /// <summary>The known errors of the survey's three lists.</summary>
    public static IReadOnlyList<Mend> Known { get; } = Load();

    /// <summary>Whether the entry still has the error.</summary>
    public bool Concerns(SourceEntry entry) =>
        entry.Place == Place && entry.Source.StartsWith(Source, StringComparison.Ordinal) && (From is null || (Value(entry) ?? "") == From);

    /// <summary>The entry with the error mended.</summary>
    public SourceEntry Apply(SourceEntry entry) => Field switch
    {
        "title" => entry with { Title = To },
        "year" => entry with { Year = int.Parse(To, System.Globalization.CultureInfo.InvariantCulture) },
        "venue" => entry with { Venue = To },
        "url" => entry with { Url = To },
        "arxiv" => entry with { Arxiv = To.Length > 0 ? To : null },
        "keywords" => entry with { Keywords = [To] },
        "homes" => entry with { Homes = [.. To.Split("; ").Select(SectionHomes.Named)] },
        _ => throw new FormatException($"no field '{Field}' is mended"),
    };

    /// <summary>The entry with all known errors mended, and which those were.</summary>
    public static (SourceEntry Entry, IReadOnlyList<Mend> Applied) All(SourceEntry entry, IReadOnlyList<Mend> mends)
    {
        Mend[] applied = [.. mends.Where(mend => mend.Concerns(entry))];
        return (applied.Aggregate(entry, (mended, mend) => mend.Apply(mended)), applied);
    }

    string? Value(SourceEntry entry) => Field switch
    {
        "title" => entry.Title,
        "year" => entry.Year?.ToString(System.Globalization.CultureInfo.InvariantCulture),
        "venue" => entry.Venue,
        "url" => entry.Url,
        "arxiv" => entry.Arxiv,
        "keywords" => string.Join("; ", entry.Keywords),
        _ => string.Join("; ", entry.Homes.Select(SectionHomes.Name)),
    };

    static Mend[] Load()
    {
        using StreamReader reader = SurveyData.Open("mends.jsonl");
        var mends = new List<Mend>();
        while (reader.ReadLine() is { } line)
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement root = document.RootElement;
            mends.Add(new Mend(Text("source")!, Text("place")!, Text("field")!, Text("from"), Text("to")!, Text("why")!));

            string? Text(string name) => root.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;
        }

        return [.. mends];
    }
}
