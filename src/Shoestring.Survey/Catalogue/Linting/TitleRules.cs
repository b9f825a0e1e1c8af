namespace Shoestring.Survey;

/// <summary>Titles that are not as printed, by themselves or by what other entries of the same work say.</summary>
static class TitleRules
{
    const double LeastOfTitle = 0.5;

    static readonly (string Short, string Long)[] abbreviations = [("LLMs", "large language models"), ("LLM", "large language model"), ("NLU", "natural language understanding")];

    public static IEnumerable<LintFinding> Find(LintContext context) => context.Entries.SelectMany(entry => Alone(entry).Concat(Beside(entry, context)));

    static IEnumerable<LintFinding> Alone(SourceEntry entry)
    {
        string title = entry.Title;
        if (title.Count(char.IsLetter) > 12 && !title.Any(char.IsLower))
        {
            yield return LintFinding.Of("title-capitals", entry, "title", title, "the title as the paper's first page prints it", "it is in capitals alone");
        }

        if (title != TitleText.Tidy(title))
        {
            yield return LintFinding.Of("title-spaces", entry, "title", title, TitleText.Tidy(title), "white space that says nothing");
        }

        int colon = title.IndexOf(':');
        if (colon > 0 && colon + 1 < title.Length && char.IsLetter(title[colon + 1]))
        {
            yield return LintFinding.Of("title-spaces", entry, "title", title, title.Insert(colon + 1, " "), "no space after the colon");
        }
    }

    static IEnumerable<LintFinding> Beside(SourceEntry entry, LintContext context)
    {
        // Of several the one that has lost the fewest of its hyphens and capitals.
        foreach (SourceEntry other in context.Same(entry).OrderByDescending(other => TitleText.Words(other.Title).Count).ThenByDescending(other => other.Title.Count(char.IsUpper)))
        {
            (string Rule, string Why)[] all = [.. Against(entry.Title, other.Title)];
            foreach ((string rule, string why) in all)
            {
                yield return LintFinding.Of(rule, entry, "title", entry.Title, other.Title, $"{why} ({other.Where})");
            }

            if (all.Length > 0)
            {
                yield break;
            }
        }
    }

    static IEnumerable<(string Rule, string Why)> Against(string title, string other)
    {
        string mine = TitleText.Compact(title);
        string theirs = TitleText.Compact(other);
        if (mine == theirs && LowerName(title, other))
        {
            yield return ("title-name", "the method's name has lost its capitals");
        }

        if (mine == theirs && RunTogether(title, other))
        {
            yield return ("title-hyphens", "words run together");
        }

        if (mine.Length < theirs.Length && theirs.StartsWith(mine, StringComparison.Ordinal) && mine.Length > theirs.Length * LeastOfTitle)
        {
            yield return ("title-cut", "the title goes on");
        }

        if (mine != theirs && abbreviations.Any(pair => title.Contains(pair.Short, StringComparison.Ordinal) && TitleText.Compact(title.Replace(pair.Short, pair.Long, StringComparison.Ordinal)) == theirs))
        {
            yield return ("title-abbreviated", "it shortens what is printed");
        }
    }

    // Bibliographies lower the words of a title, which is their style; a name of one word keeps its capitals everywhere.
    static bool LowerName(string title, string other) =>
        Name(title) is { } mine && Name(other) is { } theirs && mine.Count(char.IsUpper) < theirs.Count(char.IsUpper)
        && string.Equals(mine, theirs, StringComparison.OrdinalIgnoreCase) && theirs.Any(char.IsLower) | mine.Length <= 5;

    static string? Name(string title) => title.IndexOf(':') is var colon and > 0 && !title.AsSpan(0, colon).Contains(' ') ? title[..colon] : null;

    // Spellings with and without a hyphen are both in use for some words; three letters that lead a word are such.
    static bool RunTogether(string title, string other)
    {
        IReadOnlyList<string> mine = TitleText.Words(title);
        IReadOnlyList<string> theirs = TitleText.Words(other);
        return mine.Count < theirs.Count && theirs.Zip(theirs.Skip(1), (one, two) => (one, two))
            .Any(pair => pair.one.Length > 3 && pair.two.Length > 3 && mine.Contains(pair.one + pair.two) && !theirs.Contains(pair.one + pair.two));
    }
}
