using System.Globalization;
using System.Text.RegularExpressions;

namespace Shoestring.Survey;

/// <summary>What is wrong in the prose and tables of a list in Markdown beside its papers: units, acronyms, projects' addresses.</summary>
public static partial class ListTextRules
{
    const double LeastShared = 0.6;

    static readonly string[] energyUnits = ["kwh", "wh", "mwh", "joule", "joules", "kj", "mj"];
    static readonly string[] powerUnits = ["kw", "mw", "watt", "watts"];

    /// <summary>All findings, by line.</summary>
    /// <param name="text">The list's Markdown.</param>
    /// <param name="source">What it is called.</param>
    public static IReadOnlyList<LintFinding> Find(string text, string source)
    {
        string[] lines = text.Split('\n');
        return [.. Enumerable.Range(0, lines.Length).SelectMany(at => Line(lines[at]).Select(found =>
            new LintFinding(found.Rule, source, (at + 1).ToString(CultureInfo.InvariantCulture), "text", found.Found, found.Mend, found.Why)))];
    }

    static IEnumerable<(string Rule, string Found, string Mend, string Why)> Line(string line) => Units(line).Concat(Acronyms(line)).Concat(Projects(line));

    static IEnumerable<(string, string, string, string)> Units(string line)
    {
        IReadOnlyList<string> words = TitleText.Words(line);
        if (words.Contains("power") && words.FirstOrDefault(energyUnits.Contains) is { } energy && !words.Any(powerUnits.Contains))
        {
            yield return ("unit-of-energy", PowerWords().Match(line).Value, PowerWords().Match(line).Value.Replace("power", "energy", StringComparison.OrdinalIgnoreCase), $"{energy} is a unit of energy; power is energy per time");
        }
    }

    // The initials of the words before a bracket, where there are as many as it has capitals and they are a name.
    static IEnumerable<(string, string, string, string)> Acronyms(string line)
    {
        foreach (Match match in Acronym().Matches(line))
        {
            string[] words = match.Groups[1].Value.Split([' ', '-'], StringSplitOptions.RemoveEmptyEntries);
            string said = match.Groups[2].Value;
            string initials = string.Concat(words.Select(word => word[0]));
            if (words.Length == said.Length && initials != said && initials[0] == said[0] && words.All(word => char.IsUpper(word[0])))
            {
                yield return ("acronym", match.Value, $"{match.Groups[1].Value} ({initials})", $"the initials are {initials}");
            }
        }
    }

    // A project's own repository bears its name; one that bears another is a fork, a mirror or a predecessor.
    static IEnumerable<(string, string, string, string)> Projects(string line)
    {
        foreach (Match match in Repository().Matches(line))
        {
            string project = TitleText.Compact(match.Groups["name"].Value);
            string repository = TitleText.Compact(match.Groups["repository"].Value);
            if (match.Groups["name"].Value.Any(char.IsUpper) && project != repository && Shared(project, repository) >= LeastShared)
            {
                yield return ("fork", match.Value, $"the project's own repository, named {match.Groups["name"].Value}", $"the repository is named {match.Groups["repository"].Value}, the project {match.Groups["name"].Value}");
            }
        }
    }

    // The longer of their common beginning and end, as a share of the longer name.
    static double Shared(string one, string other)
    {
        int shorter = Math.Min(one.Length, other.Length);
        int start = 0;
        while (start < shorter && one[start] == other[start])
        {
            start++;
        }

        int end = 0;
        while (end < shorter && one[^(end + 1)] == other[^(end + 1)])
        {
            end++;
        }

        return Math.Max(start, end) / (double)Math.Max(one.Length, other.Length);
    }

    [GeneratedRegex(@"\b(?:electrical |electric )?power\b", RegexOptions.IgnoreCase)]
    private static partial Regex PowerWords();

    [GeneratedRegex(@"(?<=^[|\s>*-]*|[.,;:]\s)((?:[A-Z][\w]*[ -]){1,5}[A-Z][\w]*) \(([A-Z]{2,6})\)")]
    private static partial Regex Acronym();

    [GeneratedRegex(@"\[(?<name>[\w.-]{4,40})\]\(https://github\.com/[\w.-]+/(?<repository>[\w.-]{3,60})/?\)")]
    private static partial Regex Repository();
}
