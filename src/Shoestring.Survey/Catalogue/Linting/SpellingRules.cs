using System.Text.RegularExpressions;

namespace Shoestring.Survey;

/// <summary>Words that occur once and look like a common one that was typed wrong.</summary>
static partial class SpellingRules
{
    const int Common = 15;
    const int Known = 3;
    const int Shortest = 6;

    public static IEnumerable<LintFinding> Find(LintContext context)
    {
        string[] common = [.. context.Vocabulary.Where(pair => pair.Value >= Common && pair.Key.Length >= Shortest).Select(pair => pair.Key).Order(StringComparer.Ordinal)];
        foreach (SourceEntry entry in context.Entries)
        {
            if (Mended(entry.Title, context.Vocabulary, common) is { } mend)
            {
                yield return LintFinding.Of("title-misspelled", entry, "title", entry.Title, mend.Title, mend.Why);
            }
        }
    }

    static (string Title, string Why)? Mended(string title, Dictionary<string, int> vocabulary, string[] common)
    {
        foreach (Match broken in Broken().Matches(title))
        {
            string whole = broken.Groups[1].Value + broken.Groups[2].Value;
            if (Count(whole) > 0 && Count(broken.Groups[2].Value) <= 1)
            {
                return (title.Replace(broken.Value, whole, StringComparison.Ordinal), $"{whole} is one word");
            }
        }

        // The method's name is the authors' to spell.
        string rest = TitleText.Rest(title);
        foreach (Match joined in Joined().Matches(rest))
        {
            if (Count(joined.Groups[1].Value) >= Known && Count(joined.Groups[2].Value) >= Known && Count(joined.Value) <= 1)
            {
                return (title.Replace(joined.Value, $"{joined.Groups[1].Value} {joined.Groups[2].Value}", StringComparison.Ordinal), "two words run together");
            }
        }

        IReadOnlyList<string> words = TitleText.Words(rest);
        foreach (string word in words.Where(word => word.Length >= Shortest && Count(word) == 1))
        {
            if ((common.FirstOrDefault(right => IsSlip(word, right)) ?? words.FirstOrDefault(right => Count(right) > 1 && IsOneLetterOff(word, right))) is { } right)
            {
                return (Regex.Replace(title, Regex.Escape(word), found => Cased(right, found.Value), RegexOptions.IgnoreCase | RegexOptions.CultureInvariant), $"{word} occurs nowhere else");
            }
        }

        return null;

        int Count(string word) => vocabulary.GetValueOrDefault(word.ToLowerInvariant());
    }

    // One letter too many within a word, or two that changed places: endings and the two ways to write -ize are no slips.
    static bool IsSlip(string word, string right)
    {
        if (word.Length == right.Length + 1)
        {
            int at = 0;
            while (at < right.Length && word[at] == right[at])
            {
                at++;
            }

            return at > 0 && at < right.Length && string.CompareOrdinal(word, at + 1, right, at, right.Length - at) == 0;
        }

        int[] differ = word.Length == right.Length ? [.. Enumerable.Range(0, word.Length).Where(i => word[i] != right[i])] : [];
        return differ is [var one, var two] && two == one + 1 && word[one] == right[two] && word[two] == right[one];
    }

    // Two words of one title that differ in one letter within them are one word.
    static bool IsOneLetterOff(string word, string right) =>
        word.Length == right.Length && word[0] == right[0] && word[^1] == right[^1] && Enumerable.Range(0, word.Length).Count(i => word[i] != right[i]) == 1;

    static string Cased(string word, string like) => char.IsUpper(like[0]) ? char.ToUpperInvariant(word[0]) + word[1..] : word;

    [GeneratedRegex(@"\b([A-Z]) ([a-z]{5,})\b")]
    private static partial Regex Broken();

    [GeneratedRegex(@"\b([A-Z][a-z]{3,})([A-Z][a-z]{3,})\b")]
    private static partial Regex Joined();
}
