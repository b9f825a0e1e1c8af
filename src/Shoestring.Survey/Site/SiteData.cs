using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Shoestring.Survey;

/// <summary>A stage of a model's life, as the survey's tree has it.</summary>
sealed record StageText(string Name, string Section, string About);

/// <summary>What is told of a leaf of the tree.</summary>
/// <param name="Family">The leaf's name, unique in the tree.</param>
/// <param name="Section">Where the survey treats it; null where it does not.</param>
/// <param name="Beyond">Whether the leaf was added to the survey's.</param>
/// <param name="Provenance"><c>read</c> in the paper or <c>inferred</c>.</param>
/// <param name="About">What the methods do.</param>
/// <param name="Methods">Methods that the survey (or the field, for an added leaf) names.</param>
/// <param name="Additions">What belongs here and the survey does not name.</param>
/// <param name="Note">What the reader should know of the survey's own filing; null where there is nothing.</param>
sealed record FamilyText(
    string Family, string? Section, bool Beyond, string Provenance, string About, IReadOnlyList<string> Methods, IReadOnlyList<string>? Additions, string? Note);

/// <summary>The tree's texts.</summary>
sealed record TreeText(string Source, IReadOnlyList<StageText> Stages, IReadOnlyList<FamilyText> Families);

/// <summary>A row of the survey's table 2.</summary>
/// <param name="Section">The section it stands for.</param>
/// <param name="Technique">The row's name.</param>
/// <param name="Family">The leaf it belongs to.</param>
/// <param name="Marks">By resource: D direct, I indirect, with a question mark where the column is inferred.</param>
/// <param name="Here">Techniques of this product that the row speaks of.</param>
sealed record ClaimRow(string Section, string Technique, string Family, IReadOnlyDictionary<string, string> Marks, IReadOnlyList<string>? Here);

/// <summary>The survey's table 2.</summary>
sealed record ClaimTable(string Source, IReadOnlyList<ClaimRow> Rows);

/// <summary>A place where the survey's table and its prose disagree.</summary>
sealed record Tension(string Title, string Provenance, string Table, string Prose, string Measured);

/// <summary>A row of the survey's table 1.</summary>
sealed record Complexity(string Approach, string Time, string Memory, string? Note);

/// <summary>The survey's table 1.</summary>
sealed record ComplexityTable(string Source, IReadOnlyList<Complexity> Rows);

/// <summary>A metric with its trap, and what is done here.</summary>
sealed record Metric(string Resource, string Name, string Definition, string Unit, string Trap, string Here, string Field);

/// <summary>A benchmark and what was taken over from it.</summary>
sealed record BenchmarkText(string Name, string Measures, string Borrowed);

/// <summary>An open challenge of the survey's section 10.</summary>
sealed record Challenge(string Section, string Title, string Problem, string Here, string Missing);

/// <summary>Surveys that the outline speaks of together.</summary>
sealed record SurveyGroup(string Name, string References, string Provenance, IReadOnlyList<string> Covers, string Gap);

/// <summary>How existing surveys cover the field.</summary>
sealed record SurveyCoverage(string Source, IReadOnlyList<string> Topics, IReadOnlyList<SurveyGroup> Groups);

/// <summary>What a technique's page tells beside its own text.</summary>
/// <param name="Id">The technique.</param>
/// <param name="Equation">What it computes, in one line.</param>
/// <param name="Symbols">What the letters are.</param>
/// <param name="Avoid">When not to use it, where its own text does not say.</param>
sealed record TechniqueText(string Id, string Equation, string Symbols, string? Avoid);

/// <summary>The survey's content as data, from the files of <c>Data/Site</c>.</summary>
static class SiteData
{
    static readonly Lazy<TreeText> tree = new(() => Read("tree", SiteDataJson.Default.TreeText));
    static readonly Lazy<ClaimTable> claims = new(() => Read("table2", SiteDataJson.Default.ClaimTable));
    static readonly Lazy<IReadOnlyDictionary<string, TechniqueText>> techniques = new(() =>
        Read("techniques", SiteDataJson.Default.IReadOnlyListTechniqueText).ToDictionary(text => text.Id));

    public static TreeText Tree => tree.Value;

    public static ClaimTable Claims => claims.Value;

    public static IReadOnlyDictionary<string, TechniqueText> Techniques => techniques.Value;

    public static IReadOnlyList<Tension> Tensions => Read("tensions", SiteDataJson.Default.IReadOnlyListTension);

    public static ComplexityTable Complexities => Read("complexities", SiteDataJson.Default.ComplexityTable);

    public static IReadOnlyList<Metric> Metrics => Read("metrics", SiteDataJson.Default.IReadOnlyListMetric);

    public static IReadOnlyList<BenchmarkText> Benchmarks => Read("benchmarks", SiteDataJson.Default.IReadOnlyListBenchmarkText);

    public static IReadOnlyList<Challenge> Challenges => Read("challenges", SiteDataJson.Default.IReadOnlyListChallenge);

    public static SurveyCoverage Surveys => Read("surveys", SiteDataJson.Default.SurveyCoverage);

    static T Read<T>(string name, JsonTypeInfo<T> type)
    {
        using Stream stream = SiteResource.Open($"site/{name}.json");
        return JsonSerializer.Deserialize(stream, type) ?? throw new InvalidDataException($"{name}.json holds null");
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(TreeText))]
[JsonSerializable(typeof(ClaimTable))]
[JsonSerializable(typeof(IReadOnlyList<Tension>))]
[JsonSerializable(typeof(ComplexityTable))]
[JsonSerializable(typeof(IReadOnlyList<Metric>))]
[JsonSerializable(typeof(IReadOnlyList<BenchmarkText>))]
[JsonSerializable(typeof(IReadOnlyList<Challenge>))]
[JsonSerializable(typeof(SurveyCoverage))]
[JsonSerializable(typeof(IReadOnlyList<TechniqueText>))]
sealed partial class SiteDataJson : JsonSerializerContext;
