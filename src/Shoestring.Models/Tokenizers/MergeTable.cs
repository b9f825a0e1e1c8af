using System.Numerics;

namespace Shoestring.Models;

/// <summary>
/// Ranks of merge rules by the two sides' bytes. The sides need not be pieces themselves, so rules through unknown
/// pieces work as they do in llama.cpp. Of equal rules the first counts.
/// </summary>
sealed class MergeTable : IPairRule
{
    readonly PieceList merges;
    readonly ulong[] slots; // hash in the upper half, rank + 1 in the lower; 0 is free
    readonly int mask;

    public MergeTable(Vocabulary vocabulary)
    {
        merges = vocabulary.Merges ?? new PieceList(default, []);
        slots = new ulong[(int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(4, merges.Count * 2L))];
        mask = slots.Length - 1;
        for (int rank = 0; rank < merges.Count; rank++)
        {
            ReadOnlySpan<byte> merge = merges[rank];
            int space = Split(merge);
            if (space < 1 || space == merge.Length - 1)
                throw VocabularyCheck.Wrong(vocabulary, $"merge {rank}, '{Names.Printable(merges.Text(rank))}', is not two pieces with a space between");
            Insert(merge[..space], merge[(space + 1)..], rank);
        }
    }

    public bool TryRank(ReadOnlySpan<byte> pair, int split, out uint rank)
    {
        int slot = Slot(pair[..split], pair[split..], out _);
        rank = (uint)slots[slot] - 1;
        return slots[slot] != 0;
    }

    /// <summary>Position of the space between the sides; a piece may begin with one.</summary>
    static int Split(ReadOnlySpan<byte> merge) => merge.IsEmpty ? -1 : merge[1..].IndexOf((byte)' ') + 1;

    void Insert(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, int rank)
    {
        int slot = Slot(left, right, out uint hash);
        if (slots[slot] == 0)
            slots[slot] = ((ulong)hash << 32) | (uint)(rank + 1);
    }

    /// <summary>Where that rule is, or the free slot where it would be.</summary>
    int Slot(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, out uint hash)
    {
        hash = PieceHash.OfPair(PieceHash.Of(left), PieceHash.Of(right));
        int slot = (int)hash & mask;
        for (; slots[slot] != 0; slot = (slot + 1) & mask)
        {
            if ((uint)(slots[slot] >> 32) == hash && IsRule((int)(uint)slots[slot] - 1, left, right))
                break;
        }
        return slot;
    }

    bool IsRule(int rank, ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        ReadOnlySpan<byte> merge = merges[rank];
        return merge.Length == left.Length + right.Length + 1 && merge[left.Length] == ' ' && Split(merge) == left.Length
            && merge.StartsWith(left) && merge.EndsWith(right);
    }
}
