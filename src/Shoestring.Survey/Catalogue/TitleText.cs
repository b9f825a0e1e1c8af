using System.Text;

namespace Shoestring.Survey;

/// <summary>Titles compared by what they say: without case, accents, punctuation and the hyphens that lists drop.</summary>
public static class TitleText
{
    const string Accented = "àáâãäåçèéêëìíîïñòóôõöøùúûüýÿāăąćčďđēėęěğīįłńňōőřśşšţťũūůűźżž";
    const string Plain = "aaaaaaceeeeiiiinoooooouuuuyyaaaccddeeeegiilnnoorsssttuuuuzzz";

    // Nearly every title of the field has some of these.
    static readonly HashSet<string> stock = new(StringComparer.Ordinal)
    {
        "large", "language", "model", "models", "llm", "llms", "efficient", "efficiency", "for", "of", "the", "a", "an", "and", "with", "in", "on", "to", "via", "by", "from", "can", "is", "are",
    };

    /// <summary>The words in lower case without accents.</summary>
    public static IReadOnlyList<string> Words(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        for (int i = 0; i < text.Length; i++)
        {
            char folded = Fold(text[i]);
            if (char.IsAsciiLetterOrDigit(folded) || folded >= 0x100 && char.IsLetter(folded) || IsSign(text, i, word.Length))
            {
                word.Append(folded);
            }
            else if (word.Length > 0)
            {
                words.Add(word.ToString());
                word.Clear();
            }
        }

        if (word.Length > 0)
        {
            words.Add(word.ToString());
        }

        return words;
    }

    /// <summary>Letters and digits alone: equal for titles that differ in nothing but punctuation, case and hyphens.</summary>
    public static string Compact(string text) => string.Concat(Words(text));

    /// <summary>The method's name before the colon, folded; null where a title has none.</summary>
    public static string? Name(string title)
    {
        int colon = title.IndexOf(": ", StringComparison.Ordinal);
        return colon > 0 && title.AsSpan(0, colon).Count(' ') < 4 ? Compact(title[..colon]) : null;
    }

    /// <summary>What follows the method's name; the whole title where there is none.</summary>
    public static string Rest(string title) => Name(title) is null ? title : title[(title.IndexOf(": ", StringComparison.Ordinal) + 2)..];

    /// <summary>Share of letter triples that two titles have in common (Dice's coefficient over the compact forms): 0 to 1.</summary>
    public static double Similarity(string one, string other)
    {
        Dictionary<string, int> left = Triples(Compact(one));
        Dictionary<string, int> right = Triples(Compact(other));
        int common = left.Sum(pair => Math.Min(pair.Value, right.GetValueOrDefault(pair.Key)));
        int all = left.Values.Sum() + right.Values.Sum();
        return all == 0 ? 0 : 2.0 * common / all;
    }

    /// <summary>How much of what tells works apart two titles have in common, with or without the methods' names: 0 to 1.</summary>
    public static double Likeness(string one, string other) => Math.Max(
        Similarity(Distinctive(one), Distinctive(other)), Similarity(Distinctive(Rest(one)), Distinctive(Rest(other))));

    /// <summary>The title with runs of white space made one and none at its ends.</summary>
    public static string Tidy(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    // QuIP and QuIP#, SmoothQuant and SmoothQuant+ are four works.
    static bool IsSign(string text, int at, int before) => before > 0 && text[at] is ('+' or '#') && (at + 1 == text.Length || !char.IsLetterOrDigit(text[at + 1]));

    static string Distinctive(string title) => string.Join(' ', Words(title).Where(word => !stock.Contains(word)));

    static char Fold(char letter)
    {
        char lower = char.ToLowerInvariant(letter);
        return Accented.IndexOf(lower) is var at and >= 0 ? Plain[at] : lower;
    }

    static Dictionary<string, int> Triples(string text)
    {
        var triples = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i + 3 <= text.Length; i++)
        {
            string triple = text.Substring(i, 3);
            triples[triple] = triples.GetValueOrDefault(triple) + 1;
        }

        return triples;
    }
}
