using System.Text.Json;
using Shoestring.Techniques;

namespace Shoestring.Survey;

/// <summary>What committed results say of each technique.</summary>
sealed class MeasuredResults
{
    const string Prefix = "results/", Table = "-table.json";

    readonly ILookup<string, Measurement> byTechnique;

    public MeasuredResults(IEnumerable<Measurement> all)
    {
        All = [.. all];
        byTechnique = All.SelectMany(one => one.Techniques.Distinct().Select(id => (id, one))).ToLookup(pair => pair.id, pair => pair.one);
    }

    /// <summary>Everything, in the order of the files.</summary>
    public IReadOnlyList<Measurement> All { get; }

    /// <summary>What concerns a technique, alone or with others.</summary>
    public IReadOnlyList<Measurement> Of(string technique) => [.. byTechnique[technique]];

    /// <summary>The results that were built in.</summary>
    public static MeasuredResults BuiltIn() => new([.. Files.SelectMany(Read), .. Machines.SelectMany(folder => RateResults.Read(folder, TextOf))]);

    /// <summary>The tables of combinations that were built in.</summary>
    public static IEnumerable<(string Name, JsonDocument Document)> Tables() =>
        Files.Where(name => name.EndsWith(Table, StringComparison.Ordinal)).Select(name => (name, JsonDocument.Parse(SiteResource.Text(name))));

    static IEnumerable<string> Files => SiteResource.Names.Where(name => name.StartsWith(Prefix, StringComparison.Ordinal));

    static IEnumerable<string> Machines => Files.Select(name => name[..name.LastIndexOf('/')]).Distinct();

    static string? TextOf(string name) => SiteResource.Names.Contains(name) ? SiteResource.Text(name) : null;

    static IEnumerable<Measurement> Read(string name)
    {
        using var document = JsonDocument.Parse(SiteResource.Text(name));
        JsonElement root = document.RootElement;
        return Path.GetFileName(name) switch
        {
            var file when file.EndsWith(Table, StringComparison.Ordinal) => [.. CombinationResults.Read(root, name)],
            "training-speed.json" => [.. TrainingResults.Read(root, name)],
            "sparse.json" => [.. SparseResults.Read(root, name)],
            _ => Array.Empty<Measurement>(),
        };
    }

    /// <summary>The identifiers in a line of techniques and options.</summary>
    public static string[] Identifiers(string setup) =>
        [.. setup.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(call => TechniqueList.Find(call.Split(':')[0]).Id)];
}
