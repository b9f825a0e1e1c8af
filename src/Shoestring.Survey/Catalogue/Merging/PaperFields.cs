using System.Globalization;
using Shoestring.Techniques;

namespace Shoestring.Survey;

/// <summary>Chooses each field of a paper among what its sources say, and lists where they disagree.</summary>
static class PaperFields
{
    static readonly ILookup<string, string> techniques = TechniqueList.All
        .SelectMany(technique => technique.Papers.Select(paper => (paper.ArxivId, technique.Id)))
        .ToLookup(pair => pair.ArxivId, pair => pair.Id, StringComparer.Ordinal);

    /// <summary>The paper of a group; disagreements go to <paramref name="conflicts"/>.</summary>
    public static Paper Of(PaperGroup group, List<MergeConflict> conflicts)
    {
        SourceEntry[] entries = [.. group.Members.Select(member => member.Mended)];
        Paper? seed = group.Seed;
        string title = seed?.Title ?? Title(entries);
        string? arxiv = seed?.Arxiv ?? group.Arxiv;
        string? doi = seed?.Doi ?? group.Doi;
        string key = seed?.Key ?? PaperIdentity.Key(title, arxiv, doi);
        SurveyFamily[] homes = [.. (seed?.Homes ?? []).Concat(entries.SelectMany(SectionHomes.Of)).Distinct()];
        var paper = new Paper(key, title)
        {
            Authors = First(seed?.Authors, entries.Select(entry => entry.Authors)),
            Year = Year(seed, entries, arxiv),
            Venue = seed?.Venue is { } venue && !VenueText.IsArchive(venue) ? venue : Venue(title, entries) ?? seed?.Venue,
            Abstract = seed?.Abstract ?? entries.Select(entry => entry.Abstract).FirstOrDefault(text => text is not null),
            Url = seed?.Url ?? (arxiv is not null ? $"https://arxiv.org/abs/{arxiv}" : entries.Select(entry => PaperIdentity.Canonical(entry.Url)).FirstOrDefault(url => url is not null)),
            Arxiv = arxiv,
            Doi = doi,
            Code = seed?.Code ?? entries.Select(entry => PaperIdentity.Canonical(entry.Code)).FirstOrDefault(code => code is not null),
            Homes = homes,
            Resources = HomeResources.Of(homes),
            Techniques = arxiv is null ? [] : [.. techniques[arxiv].Distinct().Order(StringComparer.Ordinal)],
            Keywords = [.. (seed?.Keywords ?? []).Concat(entries.SelectMany(entry => entry.Keywords)).Distinct(StringComparer.OrdinalIgnoreCase)],
            Provenance = [.. seed?.Provenance ?? [], .. group.Members.SelectMany(member => Origins(member.Raw, member.Mends))],
        };
        conflicts.AddRange(group.Members.SelectMany(member => Conflicts(paper, member.Raw)));
        return paper;
    }

    // The printed title has capitals on its words and its hyphens; lists lower the first and lose the second. Where a work has
    // been renamed the name that most sources know stands, and among equals the first.
    static string Title(SourceEntry[] entries)
    {
        SourceEntry[][] groups = [.. entries.GroupBy(entry => TitleText.Compact(entry.Title)).Select(group => group.ToArray())];
        SourceEntry[] most = groups.OrderByDescending(group => group.Length).First();
        return TitleText.Tidy(most.OrderByDescending(entry => Capitals(entry.Title)).ThenByDescending(entry => TitleText.Words(entry.Title).Count).First().Title);
    }

    static double Capitals(string title)
    {
        string[] words = title.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        bool shouted = title.Count(char.IsUpper) > title.Count(char.IsLower);
        return shouted ? -1 : words.Count(word => word.Any(char.IsUpper)) / (double)words.Length;
    }

    // The year of the first publication: of the preprint where there was one before.
    static int? Year(Paper? seed, SourceEntry[] entries, string? arxiv)
    {
        int[] years = [.. entries.Select(entry => entry.Year).Append(seed?.Year).Append(PaperIdentity.ArxivDate(arxiv)?.Year)
            .Where(year => year is not null).Select(year => year!.Value)];
        return years.Length > 0 ? years.Min() : null;
    }

    // A reprint under a changed title has a venue of its own; the paper's is that of its own title.
    static string? Venue(string title, SourceEntry[] entries)
    {
        string[] venues = [.. entries.OrderByDescending(entry => TitleText.Compact(entry.Title) == TitleText.Compact(title)).Select(entry => VenueText.Usual(entry.Venue, entry.Url)).Where(venue => venue is not null).Select(venue => venue!)];
        return venues.FirstOrDefault(venue => venue.StartsWith("Findings", StringComparison.Ordinal))
            ?? venues.FirstOrDefault(venue => !VenueText.IsArchive(venue)) ?? venues.FirstOrDefault();
    }

    static IReadOnlyList<string> First(IReadOnlyList<string>? known, IEnumerable<IReadOnlyList<string>> others) =>
        known is { Count: > 0 } ? known : others.FirstOrDefault(list => list.Count > 0) ?? [];

    static IEnumerable<Provenance> Origins(SourceEntry entry, IReadOnlyList<Mend> mends)
    {
        foreach ((string field, string? value) in Said(entry))
        {
            if (!string.IsNullOrEmpty(value))
            {
                yield return new Provenance(field, entry.Source, entry.Place, value);
            }
        }

        foreach (Mend mend in mends)
        {
            yield return new Provenance(mend.Field, $"mended: {mend.Why}", entry.Place, mend.To);
        }
    }

    static IEnumerable<(string Field, string? Value)> Said(SourceEntry entry) =>
    [
        ("title", entry.Title), ("authors", string.Join("; ", entry.Authors)), ("year", entry.Year?.ToString(CultureInfo.InvariantCulture)), ("venue", entry.Venue),
        ("abstract", entry.Abstract is null ? null : "given"), ("url", entry.Url), ("arxiv", entry.ArxivFrom is null ? entry.Arxiv : $"{entry.Arxiv} (from {entry.ArxivFrom})"), ("doi", entry.Doi),
        ("code", entry.Code), ("section", entry.Section), ("keywords", string.Join("; ", entry.Keywords)),
        ("homes", string.Join("; ", entry.Homes.Select(SectionHomes.Name))),
    ];

    static IEnumerable<MergeConflict> Conflicts(Paper paper, SourceEntry entry)
    {
        if (TitleText.Compact(entry.Title) != TitleText.Compact(paper.Title))
        {
            yield return new MergeConflict(paper.Key, "title", paper.Title, entry.Title, entry.Where);
        }

        if (entry.Year is { } year && year != paper.Year)
        {
            yield return new MergeConflict(paper.Key, "year", $"{paper.Year}", $"{year}", entry.Where);
        }

        if (VenueText.Usual(entry.Venue, entry.Url) is { } venue && !VenueText.IsArchive(venue) && venue != paper.Venue)
        {
            yield return new MergeConflict(paper.Key, "venue", paper.Venue ?? "", venue, entry.Where);
        }

        if (PaperIndex.Arxiv(entry) is { } arxiv && arxiv != paper.Arxiv)
        {
            yield return new MergeConflict(paper.Key, "arxiv", paper.Arxiv ?? "", arxiv, entry.Where);
        }

        if (PaperIdentity.Canonical(entry.Code) is { } code && code != paper.Code)
        {
            yield return new MergeConflict(paper.Key, "code", paper.Code ?? "", code, entry.Where);
        }
    }
}
