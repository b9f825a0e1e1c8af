using System.Globalization;
using System.Text.Json;

namespace Shoestring.Survey.Tests;

/// <summary>One entry of the hand-checked sample.</summary>
sealed record SampleEntry(string File, string Place, bool IsClean, IReadOnlyList<string> WrongFields, string Title);

/// <summary>The data of these tests, and the raw sources as the built-in catalogue's provenance keeps them.</summary>
static class TestData
{
    public const string List = "tiingweii-shii/Awesome-Resource-Efficient-LLM-Papers@d46010d (CC0-1.0)";
    public const string Second = "HuangOwen/Awesome-LLM-Compression@97dec30 (MIT)";
    public const string References = "arXiv 2401.00625v4, references (bibliographic facts)";

    static readonly Lazy<IReadOnlyList<SourceEntry>> sources = new(Raw);

    /// <summary>Every entry of the three sources, unmended, in the order of its lines.</summary>
    public static IReadOnlyList<SourceEntry> Sources => sources.Value;

    public static string Read(string name)
    {
        using var reader = new StreamReader(typeof(TestData).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }

    public static IReadOnlyList<SampleEntry> Sample() =>
    [
        .. Read("sample-200.jsonl").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line =>
        {
            JsonElement root = JsonDocument.Parse(line).RootElement;
            return new SampleEntry(root.GetProperty("file").GetString()!, root.GetProperty("place").GetRawText(), root.GetProperty("verdict").GetString() == "clean",
                [.. root.GetProperty("wrong").EnumerateArray().Select(wrong => wrong.GetProperty("field").GetString()!)], root.GetProperty("entry").GetProperty("title").GetString()!);
        }),
    ];

    /// <summary>The source of a file's name in the sample.</summary>
    public static string Source(string file) => file switch { "papers" => List, "second-list" => Second, _ => References };

    static SourceEntry[] Raw() =>
    [
        .. Survey.Catalogue.BuiltIn().SelectMany(paper => paper.Provenance).Where(said => !said.Source.StartsWith("mended", StringComparison.Ordinal))
            .GroupBy(said => (said.Source, said.Place)).OrderBy(entry => entry.Key.Source == List ? 0 : entry.Key.Source == References ? 1 : 2)
            .ThenBy(entry => int.Parse(entry.Key.Place!, CultureInfo.InvariantCulture)).Select(entry => Entry(entry.Key.Source, entry.Key.Place!, entry.ToDictionary(said => said.Field, said => said.Value))),
    ];

    static SourceEntry Entry(string source, string place, Dictionary<string, string> said)
    {
        string? id = said.GetValueOrDefault("arxiv");
        string[] parts = (id ?? "").Split(" (from ");
        return new SourceEntry(source, place, said["title"])
        {
            Year = said.TryGetValue("year", out string? year) ? int.Parse(year, CultureInfo.InvariantCulture) : null,
            Venue = said.GetValueOrDefault("venue"),
            Url = said.GetValueOrDefault("url"),
            Arxiv = parts[0].Length > 0 ? parts[0] : null,
            ArxivFrom = parts.Length > 1 ? parts[1].TrimEnd(')') : null,
            Code = said.GetValueOrDefault("code"),
            Section = said.GetValueOrDefault("section"),
            Keywords = said.TryGetValue("keywords", out string? words) ? [words] : [],
        };
    }
}
