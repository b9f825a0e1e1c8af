using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Shoestring.Tensors;

// Tile decoders of the 2:4 formats: they fill in the zeros, and the dense kernels multiply the tile. A 32-bit lane of a unit is
// one row's four kept weights of two quads of channels, and the same lane of its positions says where in the quads they lie.

internal static unsafe class SparseQuads
{
    /// <summary>Fills the two quads that four kept weights of each of 16 rows belong to.</summary>
    /// <param name="kept">Kept weights, as the tile stores them. <c>[row of 16][kept of 4]</c></param>
    /// <param name="positions">The block's positions. <c>[row of 16]</c> words.</param>
    /// <param name="unit">Which four of the block's 16: 0 … 3.</param>
    /// <param name="zero">The byte that stands for a weight of zero.</param>
    /// <param name="quads">Receives two quads. <c>[quad][row of 16][channel of 4]</c></param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Fill(byte* kept, byte* positions, int unit, byte zero, byte* quads)
    {
        if (Avx2.IsSupported)
        {
            for (int half = 0; half < 64; half += 32)
            {
                Vector256<byte> at = (Vector256.Load(positions + half).AsUInt16() >> 2 * unit).AsByte() & Vector256.Create((byte)3), v = Vector256.Load(kept + half);
                Wide(v, at, 0x00, zero).Store(quads + half);
                Wide(v, at, 0x02, zero).Store(quads + 64 + half);
            }
            return;
        }
        for (int part = 0; part < 64; part += 16)
        {
            Vector128<byte> at = (Vector128.Load(positions + part).AsUInt16() >> 2 * unit).AsByte() & Vector128.Create((byte)3), v = Vector128.Load(kept + part);
            Narrow(v, at, 0x00, zero).Store(quads + part);
            Narrow(v, at, 0x02, zero).Store(quads + 64 + part);
        }
    }

    /// <summary>Bytes <paramref name="first"/> and the next of each lane go to the channels that their positions name.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<byte> Wide(Vector256<byte> kept, Vector256<byte> at, byte first, byte zero)
    {
        Vector256<byte> channels = Vector256.Create(0x03020100).AsByte();
        Vector256<byte> one = Vector256.Create(Lanes(first)), other = Vector256.Create(Lanes((byte)(first + 1)));
        Vector256<byte> isOne = Vector256.Equals(Avx2.Shuffle(at, one), channels), isOther = Vector256.Equals(Avx2.Shuffle(at, other), channels);
        Vector256<byte> filled = Vector256.ConditionalSelect(isOne, Avx2.Shuffle(kept, one), Vector256.Create(zero));
        return Vector256.ConditionalSelect(isOther, Avx2.Shuffle(kept, other), filled);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<byte> Narrow(Vector128<byte> kept, Vector128<byte> at, byte first, byte zero)
    {
        Vector128<byte> channels = Vector128.Create(0x03020100).AsByte(), one = Lanes(first), other = Lanes((byte)(first + 1));
        Vector128<byte> isOne = Vector128.Equals(Vector128.Shuffle(at, one), channels), isOther = Vector128.Equals(Vector128.Shuffle(at, other), channels);
        Vector128<byte> filled = Vector128.ConditionalSelect(isOne, Vector128.Shuffle(kept, one), Vector128.Create(zero));
        return Vector128.ConditionalSelect(isOther, Vector128.Shuffle(kept, other), filled);
    }

    /// <summary>Byte <paramref name="index"/> of each of four lanes, four times.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<byte> Lanes(byte index) =>
        Vector128.Create(0x00000000, 0x04040404, 0x08080808, 0x0C0C0C0C).AsByte() + Vector128.Create(index);
}

internal unsafe struct S24_8Tile : ITileDecoder
{
    public static int SubBlock => 32;
    public static bool HasMinimum => false;
    public static int Offset => 128;
    public static int Largest => 255;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Decode(in Planes planes, int kTile, int blocks, Tile tile)
    {
        Vector256<byte> sign = Vector256.Create((byte)0x80);
        byte* kept = stackalloc byte[64];
        for (int b = 0; b < blocks; b++)
        {
            int block = kTile * Tile.Blocks + b;
            for (int unit = 0; unit < 4; unit++)
            {
                byte* source = planes.P0 + block * 256 + unit * 64;
                (Vector256.Load(source) ^ sign).Store(kept);
                (Vector256.Load(source + 32) ^ sign).Store(kept + 32);
                SparseQuads.Fill(kept, planes.P1 + block * 64, unit, 128, tile.W + b * 512 + unit * 128);
            }
            HalfBits.ToSingle16(planes.P2 + block * 32, tile.Scale + b * 16);
        }
    }
}

internal unsafe struct S24_4Tile : ITileDecoder
{
    public static int SubBlock => 32;
    public static bool HasMinimum => false;
    public static int Offset => 8;
    public static int Largest => 15;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Decode(in Planes planes, int kTile, int blocks, Tile tile)
    {
        Vector256<byte> nibble = Vector256.Create((byte)15);
        byte* kept = stackalloc byte[256];
        for (int b = 0; b < blocks; b++)
        {
            int block = kTile * Tile.Blocks + b;
            for (int i = 0; i < 128; i += 32)
            {
                Vector256<byte> v = Vector256.Load(planes.P0 + block * 128 + i);
                (v & nibble).Store(kept + i);
                ((v.AsUInt16() >> 4).AsByte() & nibble).Store(kept + 128 + i);
            }
            for (int unit = 0; unit < 4; unit++)
            {
                SparseQuads.Fill(kept + unit * 64, planes.P1 + block * 64, unit, 8, tile.W + b * 512 + unit * 128);
            }
            HalfBits.ToSingle16(planes.P2 + block * 32, tile.Scale + b * 16);
        }
    }
}
