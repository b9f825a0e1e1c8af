namespace Shoestring.Survey;

/// <summary>Finds what is wrong in lists of papers, each entry by itself and against the others, and proposes the mend.</summary>
public static class Lint
{
    static readonly Func<LintContext, IEnumerable<LintFinding>>[] rules =
    [
        DuplicateRules.Find, LinkRules.Find, VenueRules.Find, YearRules.Find, TitleRules.Find, SpellingRules.Find, SectionRules.Find, IdentityRules.Find,
    ];

    /// <summary>All findings, by source and place; one for each field of an entry and rule.</summary>
    /// <param name="entries">Entries of all sources: what one says is held against the others.</param>
    public static IReadOnlyList<LintFinding> Find(IReadOnlyList<SourceEntry> entries)
    {
        var context = new LintContext(entries);
        Dictionary<(string, string), int> order = entries.Select((entry, at) => ((entry.Source, entry.Place), at))
            .DistinctBy(pair => pair.Item1).ToDictionary(pair => pair.Item1, pair => pair.at);
        return [.. rules.SelectMany(rule => rule(context)).Distinct().OrderBy(finding => order[(finding.Source, finding.Place)]).ThenBy(finding => finding.Rule, StringComparer.Ordinal)];
    }

    /// <summary>How many entries of each source have a home in each leaf of the survey's tree: what a list leaves out shows as 0.</summary>
    public static IReadOnlyList<(string Leaf, IReadOnlyDictionary<string, int> Count)> Coverage(IReadOnlyList<SourceEntry> entries)
    {
        string[] sources = [.. entries.Select(entry => entry.Source).Distinct()];
        return [.. Techniques.SurveyTree.Families.Select(leaf => (leaf.Name, (IReadOnlyDictionary<string, int>)sources.ToDictionary(source => source,
            source => entries.Count(entry => entry.Source == source && SectionHomes.Of(entry).Contains(leaf)))))];
    }
}
