using System.Text.RegularExpressions;
using Shoestring.Metering;

namespace Shoestring.Survey;

/// <summary>What papers are asked for; what is left out does not restrict.</summary>
public sealed partial record CatalogueQuery
{
    // Beyond this many matches the order by closeness costs more than it tells: all of them hold the words, and the newest are ranked.
    const int Ranked = 3000;

    /// <summary>Words that must occur, as people type them: <c>"a phrase"</c>, <c>-without</c>; the last word may be the beginning of one.</summary>
    public string? Words { get; init; }

    /// <summary>A stage of the survey's tree.</summary>
    public string? Stage { get; init; }

    /// <summary>A leaf of the survey's tree.</summary>
    public string? Family { get; init; }

    /// <summary>A resource that is saved.</summary>
    public Resource? Resource { get; init; }

    /// <summary>The first year.</summary>
    public int? From { get; init; }

    /// <summary>The last year.</summary>
    public int? To { get; init; }

    /// <summary>A word of the venue's name.</summary>
    public string? Venue { get; init; }

    /// <summary>Only papers of techniques that run here.</summary>
    public bool Runnable { get; init; }

    /// <summary>How many at most.</summary>
    public int Limit { get; init; } = 20;

    /// <summary>The words in FTS5's syntax, in which nothing that people type is an operator; null where there are none.</summary>
    public static string? Match(string? words)
    {
        var wanted = new List<string>();
        var unwanted = new List<string>();
        foreach (System.Text.RegularExpressions.Match term in Term().Matches(words ?? ""))
        {
            IReadOnlyList<string> parts = TitleText.Words(term.Groups["text"].Value);
            if (parts.Count > 0)
            {
                (term.Groups["not"].Length > 0 ? unwanted : wanted).Add($"\"{string.Join(' ', parts)}\"");
            }
        }

        if (wanted.Count == 0)
        {
            return null;
        }

        bool typing = words!.Length > 0 && char.IsLetterOrDigit(words[^1]) && !words.EndsWith('"') && unwanted.Count == 0;
        string all = string.Join(" AND ", wanted) + (typing ? " *" : "");
        return unwanted.Count > 0 ? $"({all}) NOT ({string.Join(" OR ", unwanted)})" : all;
    }

    /// <summary>The query for the numbers of the papers.</summary>
    /// <param name="documents">How many papers there are.</param>
    internal (string Sql, IReadOnlyList<(string Name, object? Value)> Values) Sql(long documents)
    {
        var values = new List<(string, object?)> { ("$limit", Limit) };
        var where = new List<string>();
        Restrict(where, values);
        string restriction = where.Count > 0 ? " WHERE " + string.Join(" AND ", where) : "";
        if (Match(Words) is not { } match)
        {
            return ($"SELECT p.id FROM papers p{restriction} ORDER BY p.id DESC LIMIT $limit", values);
        }

        values.Add(("$match", match));

        // The plus keeps SQLite from asking the index anew for each candidate. Ranking reads every match. Where there may be very many, only the newest that fulfil all else are ranked.
        string candidates = documents > Ranked
            ? $"SELECT p.id FROM search s JOIN papers p ON p.id = s.rowid WHERE s.search MATCH $match{(where.Count > 0 ? " AND " + string.Join(" AND ", where) : "")} ORDER BY s.rowid DESC LIMIT {Ranked}"
            : $"SELECT p.id FROM papers p{restriction}";
        return ($"""
            SELECT rowid FROM search WHERE search MATCH $match AND +rowid IN ({candidates})
            ORDER BY bm25(search, 10.0, 3.0, 4.0, 4.0, 1.0), rowid DESC LIMIT $limit
            """, values);
    }

    void Restrict(List<string> where, List<(string, object?)> values)
    {
        if (Stage is { } stage)
        {
            string[] leaves = [.. Techniques.SurveyTree.Families.Where(family => string.Equals(family.Stage, stage, StringComparison.OrdinalIgnoreCase)).Select(SectionHomes.Name)];
            string[] names = [.. leaves.Select((_, at) => $"$leaf{at}")];
            values.AddRange(leaves.Select((leaf, at) => ($"$leaf{at}", (object?)leaf)));
            where.Add($"EXISTS (SELECT 1 FROM homes h WHERE h.paper = p.id AND h.leaf IN ({string.Join(", ", names)}))");
        }

        Add(Family is not null, "EXISTS (SELECT 1 FROM homes h WHERE h.paper = p.id AND h.leaf = $family COLLATE NOCASE)", ("$family", Family));
        Add(Resource is not null, "EXISTS (SELECT 1 FROM resources r WHERE r.paper = p.id AND r.name = $resource)", ("$resource", Resource is { } resource ? CatalogueJson.Name(resource) : null));
        Add(From is not null, "p.year >= $from", ("$from", From));
        Add(To is not null, "p.year <= $to", ("$to", To));
        Add(Venue is not null, "instr(lower(p.venue), lower($venue)) > 0", ("$venue", Venue));
        Add(Runnable, "EXISTS (SELECT 1 FROM techniques t WHERE t.paper = p.id)", null);

        void Add(bool wanted, string condition, (string, object?)? value)
        {
            if (wanted)
            {
                where.Add(condition);
                if (value is { } given)
                {
                    values.Add(given);
                }
            }
        }
    }

    [GeneratedRegex(@"(?<not>(?<!\S)-)?(?:""(?<text>[^""]*)""?|(?<text>[^\s""]+))")]
    private static partial Regex Term();
}
