using System.Buffers.Binary;

namespace Shoestring.Models;

/// <summary>
/// A fast hash of short byte strings: folded 128-bit products, eight bytes at a time. The seed is drawn once per process
/// so that a hostile vocabulary cannot be built to collide.
/// </summary>
static class PieceHash
{
    // A version 4 identifier is random but for six bits, and comes from the system: the class that is named for random numbers loads
    // a cryptographic library of 5 MB for them.
    static readonly ulong Seed = BinaryPrimitives.ReadUInt64LittleEndian(Guid.NewGuid().ToByteArray()) | 1;
    const ulong Odd = 0x9E3779B97F4A7C15;

    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        ulong hash = Seed ^ (ulong)bytes.Length;
        while (bytes.Length >= 8)
        {
            hash = Fold(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[8..];
        }
        ulong tail = 0;
        for (int i = 0; i < bytes.Length; i++)
            tail |= (ulong)bytes[i] << (8 * i);
        hash = Fold(hash ^ tail);
        return (uint)(hash ^ (hash >> 32));
    }

    /// <summary>Hash of an ordered pair, from the hashes of its parts.</summary>
    public static uint OfPair(uint left, uint right)
    {
        ulong hash = Fold(Seed ^ (((ulong)left << 32) | right));
        return (uint)(hash ^ (hash >> 32));
    }

    static ulong Fold(ulong value)
    {
        ulong high = Math.BigMul(value, Seed ^ Odd, out ulong low);
        return high ^ low;
    }
}
