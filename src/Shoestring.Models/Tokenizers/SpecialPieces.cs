namespace Shoestring.Models;

/// <summary>A stretch of text between special pieces, or one special piece.</summary>
/// <param name="Start">First byte.</param>
/// <param name="End">One past the last byte.</param>
/// <param name="Id">The special piece, or -1 for text.</param>
readonly record struct Fragment(int Start, int End, int Id);

/// <summary>
/// Cuts text at special pieces before anything else sees it. Longer pieces win over shorter ones wherever they are, and
/// the leftmost among equals, as in llama.cpp's tokenizer; a match only counts where no longer one has been taken.
/// </summary>
sealed class SpecialPieces
{
    readonly record struct Special(byte[] Bytes, int Id, bool IsText);

    readonly record struct Match(int Start, int End, int Id);

    readonly Special[] sorted;
    readonly bool[] startsSpecial = new bool[256];
    readonly Vocabulary vocabulary;

    /// <param name="vocabulary">Whose white-space rules apply.</param>
    /// <param name="ids">The special pieces.</param>
    /// <param name="isText">Whether a piece is matched even where special tokens are not parsed (user-defined pieces).</param>
    public SpecialPieces(Vocabulary vocabulary, IEnumerable<int> ids, Func<int, bool> isText)
    {
        this.vocabulary = vocabulary;
        sorted = ids.Where(id => !vocabulary.Pieces[id].IsEmpty)
            .Select(id => new Special(vocabulary.Pieces[id].ToArray(), id, isText(id))).ToArray();
        Array.Sort(sorted, (a, b) => a.Bytes.AsSpan().SequenceCompareTo(b.Bytes));
        foreach (Special special in sorted)
            startsSpecial[special.Bytes[0]] = true;
    }

    /// <summary>The fragments of <paramref name="text"/> in order.</summary>
    public List<Fragment> Split(ReadOnlySpan<byte> text, bool parseSpecial)
    {
        List<Match> matches = FindAll(text, parseSpecial);
        if (matches.Count > 1)
            matches = WithoutOverlaps(matches, text.Length);
        var fragments = new List<Fragment>(matches.Count * 2 + 1);
        int start = 0;
        foreach (Match match in matches)
        {
            AddText(fragments, text, start, match.Start, match.Id);
            fragments.Add(new Fragment(match.Start, match.End, match.Id));
            start = match.End;
            while (vocabulary.StripRight.Contains(match.Id) && start < text.Length && IsSpace(text[start]))
                start++;
        }
        AddText(fragments, text, start, text.Length, -1);
        return fragments;
    }

    void AddText(List<Fragment> fragments, ReadOnlySpan<byte> text, int start, int end, int next)
    {
        while (next >= 0 && vocabulary.StripLeft.Contains(next) && end > start && IsSpace(text[end - 1]))
            end--;
        if (end > start)
            fragments.Add(new Fragment(start, end, -1));
    }

    List<Match> FindAll(ReadOnlySpan<byte> text, bool parseSpecial)
    {
        var matches = new List<Match>();
        for (int start = 0; start < text.Length; start++)
        {
            if (startsSpecial[text[start]])
                FindAt(text, start, parseSpecial, matches);
        }
        return matches;
    }

    /// <summary>Narrows the sorted pieces byte by byte to those that the text spells out.</summary>
    void FindAt(ReadOnlySpan<byte> text, int start, bool parseSpecial, List<Match> matches)
    {
        int low = 0, high = sorted.Length;
        for (int depth = 0; low < high; depth++)
        {
            for (; low < high && sorted[low].Bytes.Length == depth; low++)
            {
                if (parseSpecial || sorted[low].IsText)
                    matches.Add(new Match(start, start + depth, sorted[low].Id));
            }
            if (start + depth == text.Length)
                return;
            byte next = text[start + depth];
            low = FirstAtLeast(low, high, depth, next);
            high = FirstAtLeast(low, high, depth, next + 1);
        }
    }

    int FirstAtLeast(int low, int high, int depth, int value)
    {
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (sorted[middle].Bytes[depth] < value)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }

    static List<Match> WithoutOverlaps(List<Match> matches, int length)
    {
        matches.Sort((a, b) => a.End - a.Start != b.End - b.Start ? (b.End - b.Start).CompareTo(a.End - a.Start) : a.Start.CompareTo(b.Start));
        var taken = new System.Collections.BitArray(length);
        var kept = new List<Match>();
        foreach (Match match in matches)
        {
            // No earlier match is shorter, so one that overlaps covers this one's first or last byte.
            if (taken[match.Start] || taken[match.End - 1])
                continue;
            for (int i = match.Start; i < match.End; i++)
                taken[i] = true;
            kept.Add(match);
        }
        kept.Sort((a, b) => a.Start.CompareTo(b.Start));
        return kept;
    }

    static bool IsSpace(byte value) => value is (byte)' ' or (>= 9 and <= 13);
}
