using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Shoestring.Tensors;

// Tile decoders of the formats with super-blocks of 256: one super-block is one tile. Units of a plane are 64 bytes, 16
// rows × 4 channels; scale bytes lie as [byte of the block][row of 16]. Block structures: ggml-common.h.

internal static unsafe class SuperBlock
{
    /// <summary>
    /// Unpacks the 6-bit scales and minimums of Q4_K and Q5_K (12 bytes hold 8 of each):
    /// <paramref name="bytes"/> gets 8 × 16 scales, then 8 × 16 minimums.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SixBits(byte* packed, byte* bytes)
    {
        Vector128<byte> six = Vector128.Create((byte)63), four = Vector128.Create((byte)15), top = Vector128.Create((byte)0x30);
        for (int j = 0; j < 64; j += 16)
        {
            Vector128<byte> low = Vector128.Load(packed + j), middle = Vector128.Load(packed + j + 64), high = Vector128.Load(packed + j + 128);
            (low & six).Store(bytes + j);
            (middle & six).Store(bytes + j + 128);
            ((high & four) | (ShiftRight(low, 2) & top)).Store(bytes + j + 64);
            ((ShiftRight(high, 4) & four) | (ShiftRight(middle, 2) & top)).Store(bytes + j + 192);
        }
    }

    /// <summary>The scales and minimums of Q4_K and Q5_K, multiplied by the super-block's d and dmin.</summary>
    public static void SixBitScalesAndMinimums(byte* packed, byte* d, byte* dMin, float* scales, float* minimums)
    {
        float* row = stackalloc float[32];
        byte* bytes = stackalloc byte[256];
        HalfBits.ToSingle16(d, row);
        HalfBits.ToSingle16(dMin, row + 16);
        SixBits(packed, bytes);
        for (int j = 0; j < 128; j += 16)
        {
            Scaled(Vector128.Load(bytes + j), row, scales + j);
            Scaled(Vector128.Load(bytes + 128 + j), row + 16, minimums + j);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> ShiftRight(Vector128<byte> bytes, int count) => (bytes.AsUInt16() >> count).AsByte();

    /// <summary>result[row] = factor[row] · integers[row], unsigned bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scaled(Vector128<byte> integers, float* factor, float* result) => Scaled(integers, factor, result, 0);

    /// <summary>result[row] = factor[row] · (integers[row] − offset), unsigned bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scaled(Vector128<byte> integers, float* factor, float* result, int offset)
    {
        if (Avx512F.IsSupported)
        {
            Vector512<int> wide = Avx512F.ConvertToVector512Int32(integers) - Vector512.Create(offset);
            (Avx512F.ConvertToVector512Single(wide) * Vector512.Load(factor)).Store(result);
            return;
        }
        (Vector128<ushort> low, Vector128<ushort> high) = Vector128.Widen(integers);
        (Vector128<uint> a, Vector128<uint> b) = Vector128.Widen(low);
        (Vector128<uint> c, Vector128<uint> e) = Vector128.Widen(high);
        Vector128<int> o = Vector128.Create(offset);
        (Vector128.ConvertToSingle(a.AsInt32() - o) * Vector128.Load(factor)).Store(result);
        (Vector128.ConvertToSingle(b.AsInt32() - o) * Vector128.Load(factor + 4)).Store(result + 4);
        (Vector128.ConvertToSingle(c.AsInt32() - o) * Vector128.Load(factor + 8)).Store(result + 8);
        (Vector128.ConvertToSingle(e.AsInt32() - o) * Vector128.Load(factor + 12)).Store(result + 12);
    }

    /// <summary>target = (source ≫ shift) &amp; mask, over 8 units (32 channels).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Field(byte* source, int shift, byte mask, byte* target)
    {
        if (Avx512BW.IsSupported)
        {
            Vector512<byte> wide = Vector512.Create(mask);
            for (int i = 0; i < 512; i += 64)
            {
                ((Vector512.Load(source + i).AsUInt16() >> shift).AsByte() & wide).Store(target + i);
            }
            return;
        }
        Vector256<byte> m = Vector256.Create(mask);
        for (int i = 0; i < 512; i += 32)
        {
            ((Vector256.Load(source + i).AsUInt16() >> shift).AsByte() & m).Store(target + i);
        }
    }

    /// <summary>target |= ((source ≫ shift) &amp; mask) ≪ up, over 8 units (32 channels).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddField(byte* source, int shift, byte mask, int up, byte* target)
    {
        if (Avx512BW.IsSupported)
        {
            Vector512<byte> wide = Vector512.Create(mask);
            for (int i = 0; i < 512; i += 64)
            {
                Vector512<byte> bits = (Vector512.Load(source + i).AsUInt16() >> shift).AsByte() & wide;
                (Vector512.Load(target + i) | (bits.AsUInt16() << up).AsByte()).Store(target + i);
            }
            return;
        }
        Vector256<byte> m = Vector256.Create(mask);
        for (int i = 0; i < 512; i += 32)
        {
            Vector256<byte> bits = (Vector256.Load(source + i).AsUInt16() >> shift).AsByte() & m;
            (Vector256.Load(target + i) | (bits.AsUInt16() << up).AsByte()).Store(target + i);
        }
    }
}

internal unsafe struct Q2_KTile : ITileDecoder
{
    public static int SubBlock => 16;
    public static bool HasMinimum => true;
    public static int Offset => 0;
    public static int Largest => 3;

    // Planes: qs[64], scales[16], d, dmin.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Decode(in Planes planes, int kTile, int blocks, Tile tile)
    {
        byte* qs = planes.P0 + kTile * 64 * 16;
        for (int s = 0; s < 8; s++)
        {
            SuperBlock.Field(qs + (s / 4) * 512, 2 * (s % 4), 3, tile.W + s * 512);
        }
        float* row = stackalloc float[32];
        HalfBits.ToSingle16(planes.P2 + kTile * 32, row);
        HalfBits.ToSingle16(planes.P3 + kTile * 32, row + 16);
        byte* scales = planes.P1 + kTile * 16 * 16;
        for (int s = 0; s < 16; s++)
        {
            Vector128<byte> both = Vector128.Load(scales + s * 16), four = Vector128.Create((byte)15);
            SuperBlock.Scaled(both & four, row, tile.Scale + s * 16);
            SuperBlock.Scaled(SuperBlock.ShiftRight(both, 4) & four, row + 16, tile.Minimum + s * 16);
        }
    }
}

internal unsafe struct Q3_KTile : ITileDecoder
{
    public static int SubBlock => 16;
    public static bool HasMinimum => false;
    public static int Offset => 4;
    public static int Largest => 7;

    // Planes: qs[64], hmask[32], scales[12], d.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Decode(in Planes planes, int kTile, int blocks, Tile tile)
    {
        byte* qs = planes.P0 + kTile * 64 * 16;
        byte* high = planes.P1 + kTile * 32 * 16;
        for (int s = 0; s < 8; s++)
        {
            SuperBlock.Field(qs + (s / 4) * 512, 2 * (s % 4), 3, tile.W + s * 512);
            SuperBlock.AddField(high, s, 1, 2, tile.W + s * 512);
        }
        float* row = stackalloc float[16];
        HalfBits.ToSingle16(planes.P3 + kTile * 32, row);
        byte* scales = planes.P2 + kTile * 12 * 16;
        Vector128<byte> four = Vector128.Create((byte)15), two = Vector128.Create((byte)3);
        for (int s = 0; s < 16; s++)
        {
            Vector128<byte> low = SuperBlock.ShiftRight(Vector128.Load(scales + (s % 8) * 16), s < 8 ? 0 : 4) & four;
            Vector128<byte> top = SuperBlock.ShiftRight(Vector128.Load(scales + (8 + s % 4) * 16), 2 * (s / 4)) & two;
            SuperBlock.Scaled(low | (top.AsUInt16() << 4).AsByte(), row, tile.Scale + s * 16, 32);
        }
    }
}

internal unsafe struct Q4_KTile : ITileDecoder
{
    public static int SubBlock => 32;
    public static bool HasMinimum => true;
    public static int Offset => 0;
    public static int Largest => 15;

    // Planes: qs[128], scales[12], d, dmin.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Decode(in Planes planes, int kTile, int blocks, Tile tile)
    {
        byte* qs = planes.P0 + kTile * 128 * 16;
        for (int s = 0; s < 8; s++)
        {
            SuperBlock.Field(qs + (s / 2) * 512, 4 * (s % 2), 15, tile.W + s * 512);
        }
        SuperBlock.SixBitScalesAndMinimums(planes.P1 + kTile * 12 * 16, planes.P2 + kTile * 32, planes.P3 + kTile * 32, tile.Scale, tile.Minimum);
    }
}

internal unsafe struct Q5_KTile : ITileDecoder
{
    public static int SubBlock => 32;
    public static bool HasMinimum => true;
    public static int Offset => 0;
    public static int Largest => 31;

    // Planes: qs[128], qh[32], scales[12], d, dmin.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Decode(in Planes planes, int kTile, int blocks, Tile tile)
    {
        byte* qs = planes.P0 + kTile * 128 * 16;
        for (int s = 0; s < 8; s++)
        {
            SuperBlock.Field(qs + (s / 2) * 512, 4 * (s % 2), 15, tile.W + s * 512);
            SuperBlock.AddField(planes.P1 + kTile * 32 * 16, s, 1, 4, tile.W + s * 512);
        }
        SuperBlock.SixBitScalesAndMinimums(planes.P2 + kTile * 12 * 16, planes.P3 + kTile * 32, planes.P4 + kTile * 32, tile.Scale, tile.Minimum);
    }
}

internal unsafe struct Q6_KTile : ITileDecoder
{
    public static int SubBlock => 16;
    public static bool HasMinimum => false;
    public static int Offset => 32;
    public static int Largest => 63;

    // Planes: ql[128], qh[64], scales[16] (signed), d.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Decode(in Planes planes, int kTile, int blocks, Tile tile)
    {
        byte* ql = planes.P0 + kTile * 128 * 16;
        byte* qh = planes.P1 + kTile * 64 * 16;
        for (int s = 0; s < 8; s++)
        {
            int n = s / 4, j = s % 4;
            SuperBlock.Field(ql + (n * 2 + j % 2) * 512, 4 * (j / 2), 15, tile.W + s * 512);
            SuperBlock.AddField(qh + n * 512, 2 * j, 3, 4, tile.W + s * 512);
        }
        float* row = stackalloc float[16];
        HalfBits.ToSingle16(planes.P3 + kTile * 32, row);
        byte* scales = planes.P2 + kTile * 16 * 16;
        for (int s = 0; s < 16; s++)
        {
            // Signed scales: flip the sign bit and subtract the 128 that this adds.
            SuperBlock.Scaled(Vector128.Load(scales + s * 16) ^ Vector128.Create((byte)0x80), row, tile.Scale + s * 16, 128);
        }
    }
}
