using System.Numerics;

namespace Shoestring.Models;

/// <summary>Finds a piece's id by its bytes: open addressing over the pieces where they lie.</summary>
sealed class PieceIndex
{
    readonly PieceList pieces;
    readonly ulong[] slots; // hash in the upper half, id + 1 in the lower; 0 is free
    readonly int mask;

    /// <summary>Indexes all pieces but the empty ones.</summary>
    /// <param name="pieces">The vocabulary.</param>
    /// <param name="duplicate">The later of two ids with equal pieces, or -1.</param>
    public PieceIndex(PieceList pieces, out int duplicate)
    {
        this.pieces = pieces;
        slots = new ulong[(int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(4, pieces.Count * 2L))];
        mask = slots.Length - 1;
        duplicate = -1;
        for (int id = 0; id < pieces.Count; id++)
        {
            if (!pieces[id].IsEmpty && !TryInsert(id) && duplicate < 0)
                duplicate = id;
        }
    }

    /// <summary>The id of <paramref name="piece"/>, or -1.</summary>
    public int Find(ReadOnlySpan<byte> piece)
    {
        uint hash = PieceHash.Of(piece);
        for (int slot = (int)hash & mask; slots[slot] != 0; slot = (slot + 1) & mask)
        {
            int id = (int)(uint)slots[slot] - 1;
            if ((uint)(slots[slot] >> 32) == hash && pieces[id].SequenceEqual(piece))
                return id;
        }
        return -1;
    }

    bool TryInsert(int id)
    {
        ReadOnlySpan<byte> piece = pieces[id];
        uint hash = PieceHash.Of(piece);
        int slot = (int)hash & mask;
        for (; slots[slot] != 0; slot = (slot + 1) & mask)
        {
            if ((uint)(slots[slot] >> 32) == hash && pieces[(int)(uint)slots[slot] - 1].SequenceEqual(piece))
                return false;
        }
        slots[slot] = ((ulong)hash << 32) | (uint)(id + 1);
        return true;
    }
}
