using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Shoestring.Tensors;

/// <summary>
/// AVX2 with FMA. A 32-byte vector is 8 rows (32-bit lanes) × 4 channels, so a quad is two vectors and a group is taken in
/// two halves. Unsigned weight bytes times signed activation bytes are added in pairs to 16 bits (vpmaddubsw) and stay there
/// as long as the format's largest byte allows; 8-bit weights, which allow not one addition, are multiplied as two nibbles.
/// Four rows of activations share each load: 4 pair sums, 4 float sums, weights, a broadcast and the ones fill 11 of the 16
/// registers.
/// </summary>
internal unsafe struct Avx2Kernels : IIntegerKernel, IFloatKernel
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply<TDecoder>(Tile tile, int blocks, byte* records, int rows, float* sums) where TDecoder : struct, ITileDecoder
    {
        int t = 0;
        if (TDecoder.Largest > 127 && rows >= 4)
        {
            SplitNibbles(tile, blocks);
        }
        for (; t + 4 <= rows; t += 4)
        {
            Four<TDecoder>(tile, blocks, records + t * PackedActivations.RecordBytes, sums + t * 16, 0);
            Four<TDecoder>(tile, blocks, records + t * PackedActivations.RecordBytes, sums + t * 16, 8);
        }
        for (; t < rows; t++)
        {
            One<TDecoder>(tile, blocks, records + t * PackedActivations.RecordBytes, sums + t * 16);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Four<TDecoder>(Tile tile, int blocks, byte* x0, float* sums, int half) where TDecoder : struct, ITileDecoder
    {
        int quads = TDecoder.SubBlock / 4, subBlocks = blocks * 8 / quads;
        byte* w = (TDecoder.Largest > 127 ? tile.LowNibbles : tile.W) + half * 4;
        float* scales = tile.Scale + half;
        sums += half;
        byte* x1 = x0 + PackedActivations.RecordBytes, x2 = x1 + PackedActivations.RecordBytes, x3 = x2 + PackedActivations.RecordBytes;
        Vector256<float> s0 = Vector256.Load(sums), s1 = Vector256.Load(sums + 16), s2 = Vector256.Load(sums + 32), s3 = Vector256.Load(sums + 48);
        for (int s = 0; s < subBlocks; s++)
        {
            int k = s * TDecoder.SubBlock;
            Dot<TDecoder>(w + k * 16, x0 + k, x1 + k, x2 + k, x3 + k, out Vector256<int> d0, out Vector256<int> d1, out Vector256<int> d2, out Vector256<int> d3);
            Vector256<float> scale = Vector256.Load(scales + s * 16);
            s0 = Add<TDecoder>(d0, scale, x0, s, s0);
            s1 = Add<TDecoder>(d1, scale, x1, s, s1);
            s2 = Add<TDecoder>(d2, scale, x2, s, s2);
            s3 = Add<TDecoder>(d3, scale, x3, s, s3);
            if (TDecoder.HasMinimum)
            {
                Vector256<float> minimum = Vector256.Load(tile.Minimum + half + s * 16);
                s0 = Subtract<TDecoder>(minimum, x0, s, s0);
                s1 = Subtract<TDecoder>(minimum, x1, s, s1);
                s2 = Subtract<TDecoder>(minimum, x2, s, s2);
                s3 = Subtract<TDecoder>(minimum, x3, s, s3);
            }
        }
        s0.Store(sums);
        s1.Store(sums + 16);
        s2.Store(sums + 32);
        s3.Store(sums + 48);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void One<TDecoder>(Tile tile, int blocks, byte* x, float* sums) where TDecoder : struct, ITileDecoder
    {
        int quads = TDecoder.SubBlock / 4, subBlocks = blocks * 8 / quads;
        Vector256<float> low = Vector256.Load(sums), high = Vector256.Load(sums + 8);
        for (int s = 0; s < subBlocks; s++)
        {
            int k = s * TDecoder.SubBlock;
            low = Add<TDecoder>(Dot<TDecoder>(tile.W + k * 16, x + k), Vector256.Load(tile.Scale + s * 16), x, s, low);
            high = Add<TDecoder>(Dot<TDecoder>(tile.W + k * 16 + 32, x + k), Vector256.Load(tile.Scale + s * 16 + 8), x, s, high);
            if (TDecoder.HasMinimum)
            {
                low = Subtract<TDecoder>(Vector256.Load(tile.Minimum + s * 16), x, s, low);
                high = Subtract<TDecoder>(Vector256.Load(tile.Minimum + s * 16 + 8), x, s, high);
            }
        }
        low.Store(sums);
        high.Store(sums + 8);
    }

    /// <summary>sum + scale · d · (dot − offset · Σq).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<float> Add<TDecoder>(Vector256<int> dot, Vector256<float> scale, byte* x, int s, Vector256<float> sum) where TDecoder : struct, ITileDecoder
    {
        Vector256<float> f = Avx.ConvertToVector256Single(dot);
        if (TDecoder.Offset != 0)
        {
            float* total = (float*)(x + (TDecoder.SubBlock == 32 ? PackedActivations.Sum32 : PackedActivations.Sum16));
            f = Fma.MultiplyAddNegated(Vector256.Create(total[s]), Vector256.Create((float)TDecoder.Offset), f);
        }
        float d = ((float*)(x + PackedActivations.Scale))[TDecoder.SubBlock == 32 ? s : s >> 1];
        return Fma.MultiplyAdd(f, scale * Vector256.Create(d), sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<float> Subtract<TDecoder>(Vector256<float> minimum, byte* x, int s, Vector256<float> sum) where TDecoder : struct, ITileDecoder
    {
        float* scaled = (float*)(x + (TDecoder.SubBlock == 32 ? PackedActivations.ScaledSum32 : PackedActivations.ScaledSum16));
        return Fma.MultiplyAddNegated(minimum, Vector256.Create(scaled[s]), sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<sbyte> Spread(byte* x) => Vector256.Create(*(int*)x).AsSByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<int> Widened(Vector256<short> pairs) => Avx2.MultiplyAddAdjacent(pairs, Vector256.Create((short)1));

    /// <summary>Integer dot products of half a sub-block's rows with one activation row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<int> Dot<TDecoder>(byte* w, byte* x) where TDecoder : struct, ITileDecoder
    {
        int quads = TDecoder.SubBlock / 4;
        Vector256<int> total = Vector256<int>.Zero;
        if (TDecoder.Largest > 127)
        {
            Vector256<byte> nibble = Vector256.Create((byte)15);
            Vector256<short> low = Vector256<short>.Zero, high = low;
            for (int q = 0; q < quads; q++)
            {
                Vector256<byte> v = Vector256.Load(w + q * 64);
                low += Avx2.MultiplyAddAdjacent(v & nibble, Spread(x + q * 4));
                high += Avx2.MultiplyAddAdjacent((v.AsUInt16() >> 4).AsByte() & nibble, Spread(x + q * 4));
            }
            return Widened(low) + (Widened(high) << 4);
        }
        int run = TDecoder.Largest <= 15 ? quads : TDecoder.Largest <= 31 ? 4 : TDecoder.Largest <= 63 ? 2 : 1;
        for (int q = 0; q < quads; q += run)
        {
            Vector256<short> pairs = Avx2.MultiplyAddAdjacent(Vector256.Load(w + q * 64), Spread(x + q * 4));
            for (int i = q + 1; i < q + run; i++)
            {
                pairs += Avx2.MultiplyAddAdjacent(Vector256.Load(w + i * 64), Spread(x + i * 4));
            }
            total += Widened(pairs);
        }
        return total;
    }

    /// <summary>Integer dot products of half a sub-block's rows with four activation rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Dot<TDecoder>(byte* w, byte* x0, byte* x1, byte* x2, byte* x3,
        out Vector256<int> d0, out Vector256<int> d1, out Vector256<int> d2, out Vector256<int> d3) where TDecoder : struct, ITileDecoder
    {
        int quads = TDecoder.SubBlock / 4;
        if (quads == 8 && (TDecoder.Largest <= 15 || TDecoder.Largest > 127))
        {
            Block(w, x0, x1, x2, x3, out d0, out d1, out d2, out d3);
            if (TDecoder.Largest > 127)
            {
                Block(w + HighFromLow, x0, x1, x2, x3, out Vector256<int> h0, out Vector256<int> h1, out Vector256<int> h2, out Vector256<int> h3);
                (d0, d1, d2, d3) = (d0 + (h0 << 4), d1 + (h1 << 4), d2 + (h2 << 4), d3 + (h3 << 4));
            }
            return;
        }
        int run = TDecoder.Largest <= 15 ? quads : TDecoder.Largest <= 31 ? 4 : TDecoder.Largest <= 63 ? 2 : 1;
        Vector256<int> t0 = Vector256<int>.Zero, t1 = t0, t2 = t0, t3 = t0;
        for (int q = 0; q < quads; q += run)
        {
            Vector256<byte> v = Vector256.Load(w + q * 64);
            Vector256<short> p0 = Avx2.MultiplyAddAdjacent(v, Spread(x0 + q * 4)), p1 = Avx2.MultiplyAddAdjacent(v, Spread(x1 + q * 4));
            Vector256<short> p2 = Avx2.MultiplyAddAdjacent(v, Spread(x2 + q * 4)), p3 = Avx2.MultiplyAddAdjacent(v, Spread(x3 + q * 4));
            for (int i = q + 1; i < q + run; i++)
            {
                v = Vector256.Load(w + i * 64);
                p0 += Avx2.MultiplyAddAdjacent(v, Spread(x0 + i * 4));
                p1 += Avx2.MultiplyAddAdjacent(v, Spread(x1 + i * 4));
                p2 += Avx2.MultiplyAddAdjacent(v, Spread(x2 + i * 4));
                p3 += Avx2.MultiplyAddAdjacent(v, Spread(x3 + i * 4));
            }
            t0 += Widened(p0);
            t1 += Widened(p1);
            t2 += Widened(p2);
            t3 += Widened(p3);
        }
        (d0, d1, d2, d3) = (t0, t1, t2, t3);
    }

    const int HighFromLow = Tile.Channels * PackedLayout.GroupRows;

    /// <summary>8-bit weights allow no addition in 16 bits; their nibbles, apart, allow a whole block.</summary>
    static void SplitNibbles(Tile tile, int blocks)
    {
        Vector256<byte> nibble = Vector256.Create((byte)15);
        for (int i = 0; i < blocks * 512; i += 32)
        {
            Vector256<byte> v = Vector256.Load(tile.W + i);
            (v & nibble).Store(tile.LowNibbles + i);
            ((v.AsUInt16() >> 4).AsByte() & nibble).Store(tile.HighNibbles + i);
        }
    }

    /// <summary>Four activation rows with eight quads of 4-bit weights, in 16 bits from end to end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Block(byte* w, byte* x0, byte* x1, byte* x2, byte* x3, out Vector256<int> d0, out Vector256<int> d1, out Vector256<int> d2, out Vector256<int> d3)
    {
        Vector256<short> p0 = Vector256<short>.Zero, p1 = p0, p2 = p0, p3 = p0;
        Quad(w, x0, x1, x2, x3, 0, ref p0, ref p1, ref p2, ref p3);
        Quad(w, x0, x1, x2, x3, 1, ref p0, ref p1, ref p2, ref p3);
        Quad(w, x0, x1, x2, x3, 2, ref p0, ref p1, ref p2, ref p3);
        Quad(w, x0, x1, x2, x3, 3, ref p0, ref p1, ref p2, ref p3);
        Quad(w, x0, x1, x2, x3, 4, ref p0, ref p1, ref p2, ref p3);
        Quad(w, x0, x1, x2, x3, 5, ref p0, ref p1, ref p2, ref p3);
        Quad(w, x0, x1, x2, x3, 6, ref p0, ref p1, ref p2, ref p3);
        Quad(w, x0, x1, x2, x3, 7, ref p0, ref p1, ref p2, ref p3);
        (d0, d1, d2, d3) = (Widened(p0), Widened(p1), Widened(p2), Widened(p3));
    }

    /// <summary>Adds quad <paramref name="q"/>; a constant, so that the addresses need no arithmetic.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Quad(byte* w, byte* x0, byte* x1, byte* x2, byte* x3, int q,
        ref Vector256<short> p0, ref Vector256<short> p1, ref Vector256<short> p2, ref Vector256<short> p3)
    {
        Vector256<byte> v = Vector256.Load(w + q * 64);
        p0 += Avx2.MultiplyAddAdjacent(v, Spread(x0 + q * 4));
        p1 += Avx2.MultiplyAddAdjacent(v, Spread(x1 + q * 4));
        p2 += Avx2.MultiplyAddAdjacent(v, Spread(x2 + q * 4));
        p3 += Avx2.MultiplyAddAdjacent(v, Spread(x3 + q * 4));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(float* weights, int channels, float* activations, int rows, float* sums)
    {
        int t = 0;
        for (; t + 6 <= rows; t += 6)
        {
            Six(weights, channels, activations + t * Tile.Channels, sums + t * 16);
        }
        for (; t + 2 <= rows; t += 2)
        {
            Two(weights, channels, activations + t * Tile.Channels, sums + t * 16);
        }
        if (t < rows)
        {
            OneFloat(weights, channels, activations + t * Tile.Channels, sums + t * 16);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void OneFloat(float* w, int channels, float* x, float* sums)
    {
        Vector256<float> low = Vector256.Load(sums), high = Vector256.Load(sums + 8);
        for (int k = 0; k < channels; k++, w += 16)
        {
            Vector256<float> v = Vector256.Create(x[k]);
            low = Fma.MultiplyAdd(Vector256.Load(w), v, low);
            high = Fma.MultiplyAdd(Vector256.Load(w + 8), v, high);
        }
        low.Store(sums);
        high.Store(sums + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Two(float* w, int channels, float* x, float* sums)
    {
        Vector256<float> a0 = Vector256.Load(sums), b0 = Vector256.Load(sums + 8), a1 = Vector256.Load(sums + 16), b1 = Vector256.Load(sums + 24);
        for (int k = 0; k < channels; k++, w += 16, x++)
        {
            Vector256<float> low = Vector256.Load(w), high = Vector256.Load(w + 8), v = Vector256.Create(*x), u = Vector256.Create(x[256]);
            a0 = Fma.MultiplyAdd(low, v, a0);
            b0 = Fma.MultiplyAdd(high, v, b0);
            a1 = Fma.MultiplyAdd(low, u, a1);
            b1 = Fma.MultiplyAdd(high, u, b1);
        }
        a0.Store(sums);
        b0.Store(sums + 8);
        a1.Store(sums + 16);
        b1.Store(sums + 24);
    }

    /// <summary>Six rows × two vectors: 12 sums, 2 weight vectors and a broadcast are 15 of the 16 registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Six(float* w, int channels, float* x, float* sums)
    {
        Vector256<float> a0 = Vector256.Load(sums), b0 = Vector256.Load(sums + 8), a1 = Vector256.Load(sums + 16), b1 = Vector256.Load(sums + 24);
        Vector256<float> a2 = Vector256.Load(sums + 32), b2 = Vector256.Load(sums + 40), a3 = Vector256.Load(sums + 48), b3 = Vector256.Load(sums + 56);
        Vector256<float> a4 = Vector256.Load(sums + 64), b4 = Vector256.Load(sums + 72), a5 = Vector256.Load(sums + 80), b5 = Vector256.Load(sums + 88);
        for (int k = 0; k < channels; k++, w += 16, x++)
        {
            Vector256<float> low = Vector256.Load(w), high = Vector256.Load(w + 8);
            Vector256<float> v = Vector256.Create(*x);
            a0 = Fma.MultiplyAdd(low, v, a0);
            b0 = Fma.MultiplyAdd(high, v, b0);
            v = Vector256.Create(x[256]);
            a1 = Fma.MultiplyAdd(low, v, a1);
            b1 = Fma.MultiplyAdd(high, v, b1);
            v = Vector256.Create(x[512]);
            a2 = Fma.MultiplyAdd(low, v, a2);
            b2 = Fma.MultiplyAdd(high, v, b2);
            v = Vector256.Create(x[768]);
            a3 = Fma.MultiplyAdd(low, v, a3);
            b3 = Fma.MultiplyAdd(high, v, b3);
            v = Vector256.Create(x[1024]);
            a4 = Fma.MultiplyAdd(low, v, a4);
            b4 = Fma.MultiplyAdd(high, v, b4);
            v = Vector256.Create(x[1280]);
            a5 = Fma.MultiplyAdd(low, v, a5);
            b5 = Fma.MultiplyAdd(high, v, b5);
        }
        a0.Store(sums);
        b0.Store(sums + 8);
        a1.Store(sums + 16);
        b1.Store(sums + 24);
        a2.Store(sums + 32);
        b2.Store(sums + 40);
        a3.Store(sums + 48);
        b3.Store(sums + 56);
        a4.Store(sums + 64);
        b4.Store(sums + 72);
        a5.Store(sums + 80);
        b5.Store(sums + 88);
    }
}
