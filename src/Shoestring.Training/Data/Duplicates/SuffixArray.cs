namespace Shoestring.Training;

/// <summary>
/// The suffixes of a text in ascending order (Manber and Myers, SIAM J. Computing 1993): sorted by their first symbol, then by
/// twice as many at each turn, by counting; and how many symbols neighbours share (Kasai et al., CPM 2001). Four numbers a
/// symbol are in memory, and time is linear but for the logarithm of the longest repeat.
/// </summary>
static class SuffixArray
{
    /// <summary>Sorts suffixes. One that ends is before any that goes on.</summary>
    /// <param name="text">Symbols, any numbers.</param>
    /// <returns>The first positions of the suffixes in ascending order.</returns>
    public static int[] Sort(ReadOnlySpan<int> text)
    {
        int[] order = new int[text.Length], ranks = new int[text.Length], next = new int[text.Length], starts = new int[text.Length + 1];
        int classes = RankSymbols(text, order, ranks);
        for (int length = 1; classes < text.Length; length *= 2)
        {
            SortBySecondHalf(order, next, length);
            Count(ranks, starts);
            foreach (int position in next)
            {
                order[starts[ranks[position]]++] = position;
            }
            classes = RankPairs(order, ranks, next, length);
            next.CopyTo(ranks, 0);
        }
        return order;
    }

    /// <summary>How many symbols each suffix shares with the one before it in the order; 0 for the first.</summary>
    public static int[] CommonPrefixes(ReadOnlySpan<int> text, int[] order)
    {
        int[] places = new int[order.Length], common = new int[order.Length];
        for (int i = 0; i < order.Length; i++)
        {
            places[order[i]] = i;
        }
        int shared = 0;
        for (int position = 0; position < text.Length; position++)
        {
            if (places[position] == 0)
            {
                shared = 0;
                continue;
            }
            int other = order[places[position] - 1];
            shared += text[(position + shared)..].CommonPrefixLength(text[(other + shared)..]);
            common[places[position]] = shared;
            shared = Math.Max(0, shared - 1);
        }
        return common;
    }

    static int RankSymbols(ReadOnlySpan<int> text, int[] order, int[] ranks)
    {
        int[] symbols = text.ToArray();
        for (int i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }
        // Not stable among equals, which does not matter: their places in the order are of one class.
        Array.Sort(symbols, order);
        int classes = 0;
        for (int i = 0; i < order.Length; i++)
        {
            classes += i == 0 || symbols[i] != symbols[i - 1] ? 1 : 0;
            ranks[order[i]] = classes - 1;
        }
        return classes;
    }

    /// <summary>Positions by what stands <paramref name="length"/> further on: those with nothing there come first.</summary>
    static void SortBySecondHalf(int[] order, int[] sorted, int length)
    {
        int used = 0;
        for (int position = Math.Max(0, order.Length - length); position < order.Length; position++)
        {
            sorted[used++] = position;
        }
        foreach (int position in order)
        {
            if (position >= length)
            {
                sorted[used++] = position - length;
            }
        }
    }

    /// <summary>Where each class begins.</summary>
    static void Count(int[] ranks, int[] starts)
    {
        Array.Clear(starts);
        foreach (int rank in ranks)
        {
            starts[rank + 1]++;
        }
        for (int i = 1; i < starts.Length; i++)
        {
            starts[i] += starts[i - 1];
        }
    }

    static int RankPairs(int[] order, int[] ranks, int[] next, int length)
    {
        int classes = 1;
        next[order[0]] = 0;
        for (int i = 1; i < order.Length; i++)
        {
            (int position, int before) = (order[i], order[i - 1]);
            bool isSame = ranks[position] == ranks[before] && Second(ranks, position + length) == Second(ranks, before + length);
            classes += isSame ? 0 : 1;
            next[position] = classes - 1;
        }
        return classes;
    }

    static int Second(int[] ranks, int position) => position < ranks.Length ? ranks[position] : -1;
}
