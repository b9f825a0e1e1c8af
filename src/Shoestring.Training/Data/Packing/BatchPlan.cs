namespace Shoestring.Training;

/// <summary>The batches of an epoch: which pieces each one holds.</summary>
sealed class BatchPlan
{
    readonly int[] order;
    readonly int[] ends;

    BatchPlan(int[] order, int[] ends) => (this.order, this.ends) = (order, ends);

    public int Count => ends.Length;

    /// <summary>The pieces of a batch.</summary>
    public ReadOnlySpan<int> this[int batch] => order.AsSpan((batch == 0 ? 0 : ends[batch - 1])..ends[batch]);

    /// <summary>Plans an epoch.</summary>
    /// <param name="pieces">All pieces, none with more rows than a batch.</param>
    /// <param name="options">How.</param>
    /// <param name="epoch">Which.</param>
    public static BatchPlan Of(IReadOnlyList<TokenSlice> pieces, BatchOptions options, int epoch)
    {
        int[] order = [.. Enumerable.Range(0, pieces.Count)];
        bool isOrdered = epoch < options.OrderedEpochs, shuffles = options.Shuffle && !isOrdered;
        Packing packing = isOrdered ? Packing.InOrder : options.Packing;
        if (shuffles)
        {
            new DataRandom(options.Seed, RandomUse.Shuffle, (ulong)epoch).Shuffle(order);
        }
        List<List<int>> batches = packing == Packing.InOrder ? InOrder(pieces, order, options.Rows) : BestFit(pieces, order, options.Rows);
        int[] turn = [.. Enumerable.Range(0, batches.Count)];
        if (shuffles && packing == Packing.BestFit)
        {
            // Full batches of long pieces would come first otherwise.
            new DataRandom(options.Seed, RandomUse.BatchShuffle, (ulong)epoch).Shuffle(turn);
        }
        int end = 0;
        return new BatchPlan([.. turn.SelectMany(batch => batches[batch])], [.. turn.Select(batch => end += batches[batch].Count)]);
    }

    static List<List<int>> InOrder(IReadOnlyList<TokenSlice> pieces, int[] order, int rows)
    {
        List<List<int>> batches = [];
        int room = 0;
        foreach (int piece in order)
        {
            int needed = pieces[piece].Count - 1;
            if (batches.Count == 0 || needed > room)
            {
                batches.Add([]);
                room = rows;
            }
            batches[^1].Add(piece);
            room -= needed;
        }
        return batches;
    }

    /// <summary>The longest piece first, into the batch that it leaves the least room in, the latest among equals.</summary>
    static List<List<int>> BestFit(IReadOnlyList<TokenSlice> pieces, int[] order, int rows)
    {
        List<List<int>> batches = [];
        RoomIndex rooms = new(rows);
        foreach (int piece in order.OrderByDescending(piece => pieces[piece].Count))
        {
            int needed = pieces[piece].Count - 1;
            if (!rooms.TryTake(needed, out int batch, out int room))
            {
                (batch, room) = (batches.Count, rows);
                batches.Add([]);
            }
            batches[batch].Add(piece);
            rooms.Put(batch, room - needed);
        }
        return batches;
    }
}

/// <summary>Batches by the rows that they have left.</summary>
sealed class RoomIndex(int rows)
{
    readonly Stack<int>?[] byRoom = new Stack<int>?[rows + 1];
    readonly ulong[] occupied = new ulong[rows / 64 + 1];

    /// <summary>Takes out the batch with the least room that is enough.</summary>
    public bool TryTake(int needed, out int batch, out int room)
    {
        (batch, room) = (-1, FirstFrom(needed));
        if (room < 0)
        {
            return false;
        }
        batch = byRoom[room]!.Pop();
        if (byRoom[room]!.Count == 0)
        {
            occupied[room / 64] &= ~(1UL << (room % 64));
        }
        return true;
    }

    /// <summary>Puts a batch in.</summary>
    public void Put(int batch, int room)
    {
        (byRoom[room] ??= new Stack<int>()).Push(batch);
        occupied[room / 64] |= 1UL << (room % 64);
    }

    int FirstFrom(int room)
    {
        ulong word = occupied[room / 64] & (ulong.MaxValue << (room % 64));
        for (int i = room / 64; ; word = occupied[i])
        {
            if (word != 0)
            {
                return i * 64 + System.Numerics.BitOperations.TrailingZeroCount(word);
            }
            if (++i == occupied.Length)
            {
                return -1;
            }
        }
    }
}
