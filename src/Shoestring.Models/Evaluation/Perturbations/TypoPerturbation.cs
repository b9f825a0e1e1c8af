using System.Text;

namespace Shoestring.Models;

/// <summary>
/// Slips of the keyboard: a word of four letters or more gets, with the given probability, one edit that leaves its first and last
/// letter: two neighbouring letters swapped, a letter dropped, or a letter replaced by a neighbour on a QWERTY keyboard, each
/// as likely as the others (Belinkov and Bisk, arXiv 1711.02173; Pruthi, Dhingra and Lipton, arXiv 1905.11268).
/// </summary>
public sealed class TypoPerturbation(double rate = TypoPerturbation.UsualRate) : Perturbation(rate)
{
    /// <summary>One word in ten, the rate of misspellings in HELM's mixture of mild perturbations (Liang et al., arXiv 2211.09110).</summary>
    public const double UsualRate = 0.1;

    const int ShortestWord = 4;

    static readonly string[] Rows = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];

    /// <inheritdoc/>
    public override string Name => "typo";

    /// <inheritdoc/>
    public override string Unit => "words of four letters or more";

    private protected override ulong Stream => 0;

    /// <inheritdoc/>
    public override string Apply(string text, ItemRandom random)
    {
        StringBuilder result = new(text.Length);
        for (int start = 0; start < text.Length;)
        {
            int end = start;
            while (end < text.Length && char.IsLetter(text[end]))
            {
                end++;
            }
            bool strikes = end - start >= ShortestWord && random.Next() < Rate;
            end = Math.Max(end, start + 1);
            result.Append(strikes ? Edit(text[start..end], random) : text[start..end]);
            start = end;
        }
        return result.ToString();
    }

    static string Edit(string word, ItemRandom random)
    {
        int kind = random.Below(3), inner = 1 + random.Below(word.Length - 2);
        char letter = word[inner];
        return kind switch
        {
            0 when Swapped(word, random) is { } swapped => swapped,
            1 when Neighbours(char.ToLowerInvariant(letter)) is { Length: > 0 } keys => Replaced(word, inner, keys[random.Below(keys.Length)]),
            // What cannot be swapped or has no key is dropped.
            _ => word.Remove(inner, 1),
        };
    }

    // Two inner letters that differ, or null where there are none.
    static string? Swapped(string word, ItemRandom random)
    {
        int[] places = [.. Enumerable.Range(1, word.Length - 3).Where(i => word[i] != word[i + 1])];
        if (places.Length == 0)
        {
            return null;
        }
        int place = places[random.Below(places.Length)];
        return string.Concat(word.AsSpan(0, place), [word[place + 1], word[place]], word.AsSpan(place + 2));
    }

    static string Replaced(string word, int place, char key) =>
        string.Concat(word.AsSpan(0, place), [char.IsUpper(word[place]) ? char.ToUpperInvariant(key) : key], word.AsSpan(place + 1));

    /// <summary>The keys that touch a letter's: left and right, and the two above and below, each row being shifted by half a key.</summary>
    internal static string Neighbours(char letter)
    {
        int row = Array.FindIndex(Rows, keys => keys.Contains(letter));
        int column = row < 0 ? -1 : Rows[row].IndexOf(letter, StringComparison.Ordinal);
        return row < 0 ? "" : string.Concat(Key(row, column - 1), Key(row, column + 1), Key(row - 1, column), Key(row - 1, column + 1), Key(row + 1, column - 1), Key(row + 1, column));
    }

    static string Key(int row, int column) => row >= 0 && row < Rows.Length && column >= 0 && column < Rows[row].Length ? Rows[row][column].ToString() : "";
}
