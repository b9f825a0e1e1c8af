namespace Shoestring.Training;

/// <summary>
/// Exact substrings that occur more than once, within a document or across documents (Lee et al., arXiv 2107.06499, §4.1, by a
/// suffix array over all tokens). The first occurrence stays; of every later one all tokens are taken out. A text that repeats
/// itself at a distance less than the length sought is taken out from its second period on.
/// </summary>
public static class ExactSubstrings
{
    /// <summary>The shortest repeat that is sought: fifty tokens (arXiv 2107.06499, §4.1).</summary>
    public const int UsualLength = 50;

    /// <summary>Marks the tokens of later occurrences.</summary>
    /// <param name="store">Where the tokens are; fewer than 2³¹ with one for each document.</param>
    /// <param name="documents">The documents.</param>
    /// <param name="length">The shortest repeat that counts, in tokens.</param>
    /// <returns><c>[document][token]</c></returns>
    public static System.Collections.BitArray[] Mark(TokenStore store, IReadOnlyList<TokenSlice> documents, int length = UsualLength)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(documents);
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        (int[] text, int[] starts) = Join(store, documents);
        bool[] repeats = Repeats(text, length);
        System.Collections.BitArray[] marks = [.. documents.Select(document => new System.Collections.BitArray(document.Count))];
        for (int document = 0; document < marks.Length; document++)
        {
            int marked = 0;
            for (int token = 0; token < documents[document].Count; token++)
            {
                marked = repeats[starts[document] + token] ? token + length : marked;
                marks[document][token] = token < marked;
            }
        }
        return marks;
    }

    /// <summary>The documents without the later occurrences: one that is cut in its middle becomes two.</summary>
    /// <param name="store">Where the tokens are.</param>
    /// <param name="documents">The documents.</param>
    /// <param name="length">The shortest repeat that counts, in tokens.</param>
    public static IReadOnlyList<TokenSlice> Remove(TokenStore store, IReadOnlyList<TokenSlice> documents, int length = UsualLength)
    {
        System.Collections.BitArray[] marks = Mark(store, documents, length);
        List<TokenSlice> left = [];
        for (int document = 0; document < marks.Length; document++)
        {
            int first = 0;
            for (int token = 0; token <= marks[document].Count; token++)
            {
                if (token == marks[document].Count || marks[document][token])
                {
                    Add(left, documents[document] with { First = documents[document].First + first, Count = token - first });
                    first = token + 1;
                }
            }
        }
        return left;
    }

    static void Add(List<TokenSlice> left, TokenSlice slice)
    {
        // A single token predicts nothing.
        if (slice.Count >= 2)
        {
            left.Add(slice);
        }
    }

    /// <summary>All documents as one text; each ends with a symbol of its own, so that no repeat reaches over an end.</summary>
    static (int[] Text, int[] Starts) Join(TokenStore store, IReadOnlyList<TokenSlice> documents)
    {
        int[] text = new int[checked((int)documents.Sum(document => document.Count + 1L))], starts = new int[documents.Count];
        int used = 0;
        for (int document = 0; document < documents.Count; document++)
        {
            starts[document] = used;
            store.Read(documents[document], text.AsSpan(used));
            used += documents[document].Count;
            text[used++] = -1 - document;
        }
        return (text, starts);
    }

    /// <summary>Whether the <paramref name="length"/> tokens from each position on occur earlier: all but the first position of a run of suffixes that share them.</summary>
    static bool[] Repeats(int[] text, int length)
    {
        bool[] repeats = new bool[text.Length];
        int[] order = SuffixArray.Sort(text), common = SuffixArray.CommonPrefixes(text, order);
        for (int first = 0, end; first < order.Length; first = end)
        {
            int earliest = order[first];
            for (end = first + 1; end < order.Length && common[end] >= length; end++)
            {
                repeats[order[end]] = true;
                earliest = Math.Min(earliest, order[end]);
            }
            repeats[order[first]] = true;
            repeats[earliest] = false;
        }
        return repeats;
    }
}
