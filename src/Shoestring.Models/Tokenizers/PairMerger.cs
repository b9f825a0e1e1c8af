namespace Shoestring.Models;

/// <summary>Says whether two neighbours may become one symbol, and how soon.</summary>
interface IPairRule
{
    /// <param name="pair">Both neighbours' bytes.</param>
    /// <param name="split">Length of the left one.</param>
    /// <param name="rank">Lower merges first.</param>
    bool TryRank(ReadOnlySpan<byte> pair, int split, out uint rank);
}

/// <summary>
/// Merges a text's characters pair by pair, lowest rank first and leftmost among equals: what SentencePiece's BPE and
/// GPT-2's have in common. O(n log n) by a priority queue whose outdated entries are skipped.
/// </summary>
sealed class PairMerger
{
    struct Symbol
    {
        public int Start, Length, Previous, Next;
    }

    readonly record struct Candidate(int Left, int Right, int Length);

    readonly PriorityQueue<Candidate, ulong> queue = new();
    Symbol[] symbols = new Symbol[64];
    int count;

    /// <summary>Merges <paramref name="text"/> as far as the rule allows; then <see cref="Next"/> walks the result.</summary>
    public void Merge<TRule>(ReadOnlySpan<byte> text, TRule rule)
        where TRule : IPairRule
    {
        SplitCharacters(text);
        queue.Clear();
        for (int i = 1; i < count; i++)
            Offer(text, rule, i - 1, i);
        while (queue.TryDequeue(out Candidate candidate, out _))
        {
            if (!IsCurrent(candidate))
                continue;
            Join(candidate.Left, candidate.Right);
            Offer(text, rule, symbols[candidate.Left].Previous, candidate.Left);
            Offer(text, rule, candidate.Left, symbols[candidate.Left].Next);
        }
    }

    /// <summary>The next symbol of the result; start with <paramref name="cursor"/> = 0.</summary>
    public bool Next(ref int cursor, out Range range)
    {
        range = default;
        if (cursor < 0 || cursor >= count)
            return false;
        ref Symbol symbol = ref symbols[cursor];
        range = new Range(symbol.Start, symbol.Start + symbol.Length);
        cursor = symbol.Next;
        return true;
    }

    void SplitCharacters(ReadOnlySpan<byte> text)
    {
        count = 0;
        for (int offset = 0; offset < text.Length;)
        {
            if (count == symbols.Length)
                Array.Resize(ref symbols, count * 2);
            int length = Math.Min(LenientUtf8.LengthByLead(text[offset]), text.Length - offset);
            bool last = offset + length == text.Length;
            symbols[count] = new Symbol { Start = offset, Length = length, Previous = count - 1, Next = last ? -1 : count + 1 };
            count++;
            offset += length;
        }
    }

    void Offer<TRule>(ReadOnlySpan<byte> text, TRule rule, int left, int right)
        where TRule : IPairRule
    {
        if (left < 0 || right < 0)
            return;
        int length = symbols[left].Length + symbols[right].Length;
        ReadOnlySpan<byte> pair = text.Slice(symbols[left].Start, length);
        if (rule.TryRank(pair, symbols[left].Length, out uint rank))
            queue.Enqueue(new Candidate(left, right, length), ((ulong)rank << 32) | (uint)left);
    }

    bool IsCurrent(Candidate candidate)
    {
        int left = symbols[candidate.Left].Length, right = symbols[candidate.Right].Length;
        return left != 0 && right != 0 && left + right == candidate.Length;
    }

    void Join(int left, int right)
    {
        symbols[left].Length += symbols[right].Length;
        symbols[right].Length = 0;
        symbols[left].Next = symbols[right].Next;
        if (symbols[right].Next >= 0)
            symbols[symbols[right].Next].Previous = left;
    }
}
