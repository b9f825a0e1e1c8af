namespace Shoestring.Tensors;

/// <summary>How a cache chooses what it keeps beside the latest positions.</summary>
public enum KvChoice
{
    /// <summary>The positions that have drawn the most attention so far (H2O, Zhang et al., arXiv 2306.14048, §4.1).</summary>
    HeavyHitters,

    /// <summary>Any positions: what heavy hitters are held against.</summary>
    Random,
}

/// <summary>
/// Which position each slot of a cache holds, for each KV head by itself, and how much attention it has drawn: the sum, over
/// the rows that saw it and the query heads that share the KV head, of its weight after softmax.
/// </summary>
/// <remarks>
/// Greedy and one by one (arXiv 2306.14048, algorithm 1): a row that finds all slots taken puts itself in the place of the
/// position with the least attention among those that are not recent for it; of equals the oldest goes. What is kept follows
/// from the text before a row alone, not from how it was cut into steps.
/// </remarks>
internal sealed unsafe class KvSelection : IDisposable
{
    readonly NativeBuffer buffer;
    readonly int heads, recent;
    readonly KvChoice choice;

    public KvSelection(int heads, int slots, KvRetention retention, MemoryAccount account)
    {
        (this.heads, Slots, recent, choice) = (heads, slots, retention.Window, retention.Choice);
        buffer = new NativeBuffer((long)heads * slots * (sizeof(int) + sizeof(float)), MemoryKind.KvCache, account);
    }

    /// <summary>Slots of each head.</summary>
    public int Slots { get; }

    /// <summary>Bytes held.</summary>
    public long Bytes => buffer.Bytes;

    /// <summary>Positions of a head's slots.</summary>
    public int* Positions(int head) => (int*)buffer.Pointer + (long)head * Slots;

    /// <summary>Attention drawn by a head's slots.</summary>
    public float* Attention(int head) => (float*)((int*)buffer.Pointer + (long)heads * Slots) + (long)head * Slots;

    /// <summary>The slot that a row takes, emptied.</summary>
    public int Take(int head, int position)
    {
        int* positions = Positions(head);
        float* attention = Attention(head);
        int slot = position < Slots ? position
            : choice == KvChoice.Random ? Any(positions, head, position) : Least(positions, attention, position);
        (positions[slot], attention[slot]) = (position, 0);
        return slot;
    }

    int Least(int* positions, float* attention, int position)
    {
        int least = -1;
        for (int slot = 0; slot < Slots; slot++)
        {
            if (positions[slot] <= position - recent && (least < 0 || attention[slot] < attention[least]
                || attention[slot] == attention[least] && positions[slot] < positions[least]))
            {
                least = slot;
            }
        }
        return least;
    }

    /// <summary>By a number that follows from head and position alone (SplitMix64), so that it does not matter who asks when.</summary>
    int Any(int* positions, int head, int position)
    {
        ulong random = ((ulong)head << 32 | (uint)position) + 0x9E3779B97F4A7C15;
        random = (random ^ random >> 30) * 0xBF58476D1CE4E5B9;
        random = (random ^ random >> 27) * 0x94D049BB133111EB;
        int skip = (int)((random ^ random >> 31) % (ulong)(Slots - recent + 1));
        for (int slot = 0; ; slot++)
        {
            if (positions[slot] <= position - recent && skip-- == 0)
            {
                return slot;
            }
        }
    }

    /// <summary>All of it as bytes.</summary>
    public Span<byte> Memory => buffer.Span<byte>(0, checked((int)buffer.Bytes));

    public void Dispose() => buffer.Dispose();
}
