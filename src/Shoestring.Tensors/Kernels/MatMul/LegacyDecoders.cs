using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Shoestring.Tensors;

// Tile decoders of the formats with blocks of 32. A plane's 64 bytes are 16 rows × 4 channels; the tile wants just that
// order, so decoding is masks and shifts. Where a byte holds two channels, the low nibbles are channels 0–15 of the block
// (quads 0–3) and the high nibbles channels 16–31 (quads 4–7).

internal static unsafe class Nibbles
{
    /// <summary>Splits four 64-byte units into the eight quads of a block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Split(byte* units, byte* quads)
    {
        if (Avx512BW.IsSupported)
        {
            Vector512<byte> wide = Vector512.Create((byte)15);
            for (int i = 0; i < 256; i += 64)
            {
                Vector512<byte> v = Vector512.Load(units + i);
                (v & wide).Store(quads + i);
                ((v.AsUInt16() >> 4).AsByte() & wide).Store(quads + 256 + i);
            }
            return;
        }
        Vector256<byte> mask = Vector256.Create((byte)15);
        for (int i = 0; i < 256; i += 32)
        {
            Vector256<byte> v = Vector256.Load(units + i);
            (v & mask).Store(quads + i);
            ((v.AsUInt16() >> 4).AsByte() & mask).Store(quads + 256 + i);
        }
    }

    /// <summary>
    /// Adds the fifth bits: bit 4q + j of a row's word belongs to byte j of quad q. The product with 0x204081 puts four
    /// neighbouring bits into four bytes.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddFifthBits(byte* words, byte* quads)
    {
        Vector256<uint> four = Vector256.Create(15u), spread = Vector256.Create(0x204081u), ones = Vector256.Create(0x01010101u);
        for (int half = 0; half < 64; half += 32)
        {
            Vector256<uint> bits = Vector256.Load(words + half).AsUInt32();
            for (int q = 0; q < 8; q++)
            {
                byte* quad = quads + q * 64 + half;
                Vector256<uint> high = (((bits & four) * spread) & ones) << 4;
                (Vector256.Load(quad) | high.AsByte()).Store(quad);
                bits >>= 4;
            }
        }
    }

    /// <summary>Widens a block's 16 halves with the sign turned: what is added becomes what is subtracted.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void NegatedHalves(byte* halves, float* singles)
    {
        HalfBits.ToSingle16(halves, singles);
        (-Vector256.Load(singles)).Store(singles);
        (-Vector256.Load(singles + 8)).Store(singles + 8);
    }
}

internal unsafe struct Q4_0Tile : ITileDecoder
{
    public static int SubBlock => 32;
    public static bool HasMinimum => false;
    public static int Offset => 8;
    public static int Largest => 15;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Decode(in Planes planes, int kTile, int blocks, Tile tile)
    {
        for (int b = 0; b < blocks; b++)
        {
            int block = kTile * Tile.Blocks + b;
            Nibbles.Split(planes.P0 + block * 256, tile.W + b * 512);
            HalfBits.ToSingle16(planes.P1 + block * 32, tile.Scale + b * 16);
        }
    }
}

internal unsafe struct Q4_1Tile : ITileDecoder
{
    public static int SubBlock => 32;
    public static bool HasMinimum => true;
    public static int Offset => 0;
    public static int Largest => 15;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Decode(in Planes planes, int kTile, int blocks, Tile tile)
    {
        for (int b = 0; b < blocks; b++)
        {
            int block = kTile * Tile.Blocks + b;
            Nibbles.Split(planes.P0 + block * 256, tile.W + b * 512);
            HalfBits.ToSingle16(planes.P1 + block * 32, tile.Scale + b * 16);
            Nibbles.NegatedHalves(planes.P2 + block * 32, tile.Minimum + b * 16);
        }
    }
}

internal unsafe struct Q5_0Tile : ITileDecoder
{
    public static int SubBlock => 32;
    public static bool HasMinimum => false;
    public static int Offset => 16;
    public static int Largest => 31;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Decode(in Planes planes, int kTile, int blocks, Tile tile)
    {
        for (int b = 0; b < blocks; b++)
        {
            int block = kTile * Tile.Blocks + b;
            Nibbles.Split(planes.P0 + block * 256, tile.W + b * 512);
            Nibbles.AddFifthBits(planes.P1 + block * 64, tile.W + b * 512);
            HalfBits.ToSingle16(planes.P2 + block * 32, tile.Scale + b * 16);
        }
    }
}

internal unsafe struct Q5_1Tile : ITileDecoder
{
    public static int SubBlock => 32;
    public static bool HasMinimum => true;
    public static int Offset => 0;
    public static int Largest => 31;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Decode(in Planes planes, int kTile, int blocks, Tile tile)
    {
        for (int b = 0; b < blocks; b++)
        {
            int block = kTile * Tile.Blocks + b;
            Nibbles.Split(planes.P0 + block * 256, tile.W + b * 512);
            Nibbles.AddFifthBits(planes.P1 + block * 64, tile.W + b * 512);
            HalfBits.ToSingle16(planes.P2 + block * 32, tile.Scale + b * 16);
            Nibbles.NegatedHalves(planes.P3 + block * 32, tile.Minimum + b * 16);
        }
    }
}

internal unsafe struct Q8_0Tile : ITileDecoder
{
    public static int SubBlock => 32;
    public static bool HasMinimum => false;
    public static int Offset => 128;
    public static int Largest => 255;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Decode(in Planes planes, int kTile, int blocks, Tile tile)
    {
        Vector256<byte> sign = Vector256.Create((byte)0x80);
        for (int b = 0; b < blocks; b++)
        {
            int block = kTile * Tile.Blocks + b;
            byte* source = planes.P0 + block * 512;
            byte* target = tile.W + b * 512;
            for (int i = 0; i < 512; i += 32)
            {
                (Vector256.Load(source + i) ^ sign).Store(target + i);
            }
            HalfBits.ToSingle16(planes.P1 + block * 32, tile.Scale + b * 16);
        }
    }
}

internal unsafe struct IQ4_NLTile : ITileDecoder
{
    public static int SubBlock => 32;
    public static bool HasMinimum => false;
    public static int Offset => 128;
    public static int Largest => 255;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Decode(in Planes planes, int kTile, int blocks, Tile tile)
    {
        // The code book of IQ4_NL (ggml-common.h, kvalues_iq4nl), each value with 128 added.
        Vector128<byte> book = Vector128.Create((byte)1, 24, 45, 63, 79, 93, 106, 118, 129, 141, 153, 166, 181, 197, 217, 241);
        for (int b = 0; b < blocks; b++)
        {
            int block = kTile * Tile.Blocks + b;
            byte* quads = tile.W + b * 512;
            Nibbles.Split(planes.P0 + block * 256, quads);
            for (int i = 0; i < 512; i += 16)
            {
                Vector128.Shuffle(book, Vector128.Load(quads + i)).Store(quads + i);
            }
            HalfBits.ToSingle16(planes.P1 + block * 32, tile.Scale + b * 16);
        }
    }
}
