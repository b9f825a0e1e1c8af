using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Shoestring.Survey;

namespace Shoestring.Oracles;

/// <summary>The catalogue that the tool comes with, held against the lists that it was made of.</summary>
public sealed class CatalogueOracles
{
    static readonly string[] files = ["papers", "references", "second-list"];

    static IReadOnlyList<SourceEntry> Read(string file)
    {
        string path = TestData.Find($"survey/{file}.jsonl");
        return JsonLinesSource.Read(File.ReadAllText(path), path);
    }

    [Fact]
    public void It_is_what_the_merge_of_the_lists_gives() =>
        CatalogueMerge.Run([], files.SelectMany(Read), Mend.Known).Papers.Select(CatalogueJson.Line).ShouldBe(Survey.Catalogue.BuiltIn().Select(CatalogueJson.Line));

    [Fact]
    public void The_sample_is_the_one_that_the_seed_draws()
    {
        string[] drawn =
        [
            .. files.SelectMany(file => Read(file).Select(entry => $"{file}:{entry.Place}"))
                .OrderBy(key => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"2401.00625:{key}"))), StringComparer.Ordinal).Take(200),
        ];
        string sample = Path.Combine(TestData.Repository, "tests/Shoestring.Survey.Tests/Catalogue/Data/sample-200.jsonl");
        File.ReadLines(sample).Select(line => JsonDocument.Parse(line).RootElement).Select(entry => $"{entry.GetProperty("file").GetString()}:{entry.GetProperty("place").GetRawText()}").ShouldBe(drawn);
    }
}
