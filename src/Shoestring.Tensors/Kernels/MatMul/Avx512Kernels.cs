using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Shoestring.Tensors;

/// <summary>
/// AVX-512. A 64-byte vector is one quad: 16 rows (32-bit lanes) × 4 channels. Products of unsigned weight bytes with
/// signed activation bytes are added in pairs to 16 bits (vpmaddubsw) and stay there as long as the format's largest byte
/// allows: a whole block of 32 for 4-bit weights. 8-bit weights use the 256-bit VNNI kernel where it exists (.NET 10 has no
/// 512-bit VNNI), else their nibbles are multiplied apart. Four rows of activations share each load of the weights.
/// </summary>
internal unsafe partial struct Avx512Kernels : IIntegerKernel, IFloatKernel
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply<TDecoder>(Tile tile, int blocks, byte* records, int rows, float* sums) where TDecoder : struct, ITileDecoder
    {
        if (TDecoder.Largest > 127 && AvxVnni.IsSupported)
        {
            AvxVnniKernels.Multiply<TDecoder>(tile, blocks, records, rows, sums);
            return;
        }
        int t = 0;
        for (; t + 4 <= rows; t += 4)
        {
            Four<TDecoder>(tile, blocks, records + t * PackedActivations.RecordBytes, sums + t * 16);
        }
        for (; t < rows; t++)
        {
            One<TDecoder>(tile, blocks, records + t * PackedActivations.RecordBytes, sums + t * 16);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Four<TDecoder>(Tile tile, int blocks, byte* x0, float* sums) where TDecoder : struct, ITileDecoder
    {
        int quads = TDecoder.SubBlock / 4, subBlocks = blocks * 8 / quads;
        byte* w = tile.W;
        byte* x1 = x0 + PackedActivations.RecordBytes, x2 = x1 + PackedActivations.RecordBytes, x3 = x2 + PackedActivations.RecordBytes;
        Vector512<float> s0 = Vector512.Load(sums), s1 = Vector512.Load(sums + 16), s2 = Vector512.Load(sums + 32), s3 = Vector512.Load(sums + 48);
        for (int s = 0; s < subBlocks; s++)
        {
            int k = s * TDecoder.SubBlock;
            Dot<TDecoder>(w + k * 16, x0 + k, x1 + k, x2 + k, x3 + k, out Vector512<int> d0, out Vector512<int> d1, out Vector512<int> d2, out Vector512<int> d3);
            Vector512<float> scale = Vector512.Load(tile.Scale + s * 16);
            s0 = Add<TDecoder>(d0, scale, x0, s, s0);
            s1 = Add<TDecoder>(d1, scale, x1, s, s1);
            s2 = Add<TDecoder>(d2, scale, x2, s, s2);
            s3 = Add<TDecoder>(d3, scale, x3, s, s3);
            if (TDecoder.HasMinimum)
            {
                Vector512<float> minimum = Vector512.Load(tile.Minimum + s * 16);
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
        Vector512<float> sum = Vector512.Load(sums);
        for (int s = 0; s < subBlocks; s++)
        {
            int k = s * TDecoder.SubBlock;
            sum = Add<TDecoder>(Dot<TDecoder>(tile.W + k * 16, x + k), Vector512.Load(tile.Scale + s * 16), x, s, sum);
            if (TDecoder.HasMinimum)
            {
                sum = Subtract<TDecoder>(Vector512.Load(tile.Minimum + s * 16), x, s, sum);
            }
        }
        sum.Store(sums);
    }

    /// <summary>sum + scale · d · (dot − offset · Σq).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> Add<TDecoder>(Vector512<int> dot, Vector512<float> scale, byte* x, int s, Vector512<float> sum) where TDecoder : struct, ITileDecoder
    {
        Vector512<float> f = Avx512F.ConvertToVector512Single(dot);
        if (TDecoder.Offset != 0)
        {
            float* total = (float*)(x + (TDecoder.SubBlock == 32 ? PackedActivations.Sum32 : PackedActivations.Sum16));
            f = Avx512F.FusedMultiplyAddNegated(Vector512.Create(total[s]), Vector512.Create((float)TDecoder.Offset), f);
        }
        float d = ((float*)(x + PackedActivations.Scale))[TDecoder.SubBlock == 32 ? s : s >> 1];
        return Avx512F.FusedMultiplyAdd(f, scale * Vector512.Create(d), sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> Subtract<TDecoder>(Vector512<float> minimum, byte* x, int s, Vector512<float> sum) where TDecoder : struct, ITileDecoder
    {
        float* scaled = (float*)(x + (TDecoder.SubBlock == 32 ? PackedActivations.ScaledSum32 : PackedActivations.ScaledSum16));
        return Avx512F.FusedMultiplyAddNegated(minimum, Vector512.Create(scaled[s]), sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<sbyte> Spread(byte* x) => Vector512.Create(*(int*)x).AsSByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<int> Widened(Vector512<short> pairs) => Avx512BW.MultiplyAddAdjacent(pairs, Vector512.Create((short)1));

    /// <summary>Integer dot products of one sub-block with one activation row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<int> Dot<TDecoder>(byte* w, byte* x) where TDecoder : struct, ITileDecoder
    {
        int quads = TDecoder.SubBlock / 4;
        if (TDecoder.Largest > 127)
        {
            // Both nibbles stay in 16 bits over the whole block, as 4-bit weights do.
            Vector512<byte> nibble = Vector512.Create((byte)15);
            Vector512<short> low = Vector512<short>.Zero, high = low;
            for (int q = 0; q < quads; q++)
            {
                Vector512<byte> v = Vector512.Load(w + q * 64);
                low += Avx512BW.MultiplyAddAdjacent(v & nibble, Spread(x + q * 4));
                high += Avx512BW.MultiplyAddAdjacent((v.AsUInt16() >> 4).AsByte() & nibble, Spread(x + q * 4));
            }
            return Widened(low) + Avx512BW.MultiplyAddAdjacent(high, Vector512.Create((short)16));
        }
        Vector512<int> total = Vector512<int>.Zero;
        int run = TDecoder.Largest <= 15 ? quads : TDecoder.Largest <= 31 ? 4 : TDecoder.Largest <= 63 ? 2 : 1;
        for (int q = 0; q < quads; q += run)
        {
            Vector512<short> pairs = Avx512BW.MultiplyAddAdjacent(Vector512.Load(w + q * 64), Spread(x + q * 4));
            for (int i = q + 1; i < q + run; i++)
            {
                pairs += Avx512BW.MultiplyAddAdjacent(Vector512.Load(w + i * 64), Spread(x + i * 4));
            }
            total += Widened(pairs);
        }
        return total;
    }

    /// <summary>Integer dot products of one sub-block with four activation rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Dot<TDecoder>(byte* w, byte* x0, byte* x1, byte* x2, byte* x3,
        out Vector512<int> d0, out Vector512<int> d1, out Vector512<int> d2, out Vector512<int> d3) where TDecoder : struct, ITileDecoder
    {
        int quads = TDecoder.SubBlock / 4;
        if (TDecoder.Largest > 63)
        {
            d0 = Dot<TDecoder>(w, x0);
            d1 = Dot<TDecoder>(w, x1);
            d2 = Dot<TDecoder>(w, x2);
            d3 = Dot<TDecoder>(w, x3);
            return;
        }
        if (quads == 8 && TDecoder.Largest <= 15)
        {
            First(w, x0, x1, x2, x3, out Vector512<short> p0, out Vector512<short> p1, out Vector512<short> p2, out Vector512<short> p3);
            Next(w, x0, x1, x2, x3, 1, ref p0, ref p1, ref p2, ref p3);
            Next(w, x0, x1, x2, x3, 2, ref p0, ref p1, ref p2, ref p3);
            Next(w, x0, x1, x2, x3, 3, ref p0, ref p1, ref p2, ref p3);
            Next(w, x0, x1, x2, x3, 4, ref p0, ref p1, ref p2, ref p3);
            Next(w, x0, x1, x2, x3, 5, ref p0, ref p1, ref p2, ref p3);
            Next(w, x0, x1, x2, x3, 6, ref p0, ref p1, ref p2, ref p3);
            Next(w, x0, x1, x2, x3, 7, ref p0, ref p1, ref p2, ref p3);
            (d0, d1, d2, d3) = (Widened(p0), Widened(p1), Widened(p2), Widened(p3));
            return;
        }
        Vector512<int> t0 = Vector512<int>.Zero, t1 = t0, t2 = t0, t3 = t0;
        for (int q = 0; q < quads; q += 4, w += 256, x0 += 16, x1 += 16, x2 += 16, x3 += 16)
        {
            First(w, x0, x1, x2, x3, out Vector512<short> p0, out Vector512<short> p1, out Vector512<short> p2, out Vector512<short> p3);
            Next(w, x0, x1, x2, x3, 1, ref p0, ref p1, ref p2, ref p3);
            if (TDecoder.Largest > 31)
            {
                (t0, t1, t2, t3) = (t0 + Widened(p0), t1 + Widened(p1), t2 + Widened(p2), t3 + Widened(p3));
                First(w + 128, x0 + 8, x1 + 8, x2 + 8, x3 + 8, out p0, out p1, out p2, out p3);
            }
            else
            {
                Next(w, x0, x1, x2, x3, 2, ref p0, ref p1, ref p2, ref p3);
            }
            Next(w, x0, x1, x2, x3, 3, ref p0, ref p1, ref p2, ref p3);
            (t0, t1, t2, t3) = (t0 + Widened(p0), t1 + Widened(p1), t2 + Widened(p2), t3 + Widened(p3));
        }
        (d0, d1, d2, d3) = (t0, t1, t2, t3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void First(byte* w, byte* x0, byte* x1, byte* x2, byte* x3,
        out Vector512<short> p0, out Vector512<short> p1, out Vector512<short> p2, out Vector512<short> p3)
    {
        Vector512<byte> v = Vector512.Load(w);
        p0 = Avx512BW.MultiplyAddAdjacent(v, Spread(x0));
        p1 = Avx512BW.MultiplyAddAdjacent(v, Spread(x1));
        p2 = Avx512BW.MultiplyAddAdjacent(v, Spread(x2));
        p3 = Avx512BW.MultiplyAddAdjacent(v, Spread(x3));
    }

    /// <summary>Adds quad <paramref name="q"/>; a constant, so that the addresses need no arithmetic.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Next(byte* w, byte* x0, byte* x1, byte* x2, byte* x3, int q,
        ref Vector512<short> p0, ref Vector512<short> p1, ref Vector512<short> p2, ref Vector512<short> p3)
    {
        Vector512<byte> v = Vector512.Load(w + q * 64);
        p0 += Avx512BW.MultiplyAddAdjacent(v, Spread(x0 + q * 4));
        p1 += Avx512BW.MultiplyAddAdjacent(v, Spread(x1 + q * 4));
        p2 += Avx512BW.MultiplyAddAdjacent(v, Spread(x2 + q * 4));
        p3 += Avx512BW.MultiplyAddAdjacent(v, Spread(x3 + q * 4));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(float* weights, int channels, float* activations, int rows, float* sums)
    {
        int t = 0;
        for (; t + 12 <= rows; t += 12)
        {
            Twelve(weights, channels, activations + t * Tile.Channels, sums + t * 16);
        }
        for (; t + 4 <= rows; t += 4)
        {
            FourFloats(weights, channels, activations + t * Tile.Channels, sums + t * 16);
        }
        for (; t < rows; t++)
        {
            OneFloat(weights, channels, activations + t * Tile.Channels, sums + t * 16);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void OneFloat(float* w, int channels, float* x, float* sums)
    {
        Vector512<float> sum = Vector512.Load(sums);
        for (int k = 0; k < channels; k++)
        {
            sum = Avx512F.FusedMultiplyAdd(Vector512.Load(w + k * 16), Vector512.Create(x[k]), sum);
        }
        sum.Store(sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void FourFloats(float* w, int channels, float* x, float* sums)
    {
        Vector512<float> s0 = Vector512.Load(sums), s1 = Vector512.Load(sums + 16), s2 = Vector512.Load(sums + 32), s3 = Vector512.Load(sums + 48);
        for (int k = 0; k < channels; k++, w += 16, x++)
        {
            Vector512<float> v = Vector512.Load(w);
            s0 = Avx512F.FusedMultiplyAdd(v, Vector512.Create(*x), s0);
            s1 = Avx512F.FusedMultiplyAdd(v, Vector512.Create(x[256]), s1);
            s2 = Avx512F.FusedMultiplyAdd(v, Vector512.Create(x[512]), s2);
            s3 = Avx512F.FusedMultiplyAdd(v, Vector512.Create(x[768]), s3);
        }
        s0.Store(sums);
        s1.Store(sums + 16);
        s2.Store(sums + 32);
        s3.Store(sums + 48);
    }

    /// <summary>Twelve sums, one weight vector: 12 multiply-adds to 13 loads, which keeps both multipliers busy.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Twelve(float* w, int channels, float* x, float* sums)
    {
        Vector512<float> s0 = Vector512.Load(sums), s1 = Vector512.Load(sums + 16), s2 = Vector512.Load(sums + 32), s3 = Vector512.Load(sums + 48);
        Vector512<float> s4 = Vector512.Load(sums + 64), s5 = Vector512.Load(sums + 80), s6 = Vector512.Load(sums + 96), s7 = Vector512.Load(sums + 112);
        Vector512<float> s8 = Vector512.Load(sums + 128), s9 = Vector512.Load(sums + 144), s10 = Vector512.Load(sums + 160), s11 = Vector512.Load(sums + 176);
        for (int k = 0; k < channels; k++, w += 16, x++)
        {
            Vector512<float> v = Vector512.Load(w);
            s0 = Avx512F.FusedMultiplyAdd(v, Vector512.Create(*x), s0);
            s1 = Avx512F.FusedMultiplyAdd(v, Vector512.Create(x[256]), s1);
            s2 = Avx512F.FusedMultiplyAdd(v, Vector512.Create(x[512]), s2);
            s3 = Avx512F.FusedMultiplyAdd(v, Vector512.Create(x[768]), s3);
            s4 = Avx512F.FusedMultiplyAdd(v, Vector512.Create(x[1024]), s4);
            s5 = Avx512F.FusedMultiplyAdd(v, Vector512.Create(x[1280]), s5);
            s6 = Avx512F.FusedMultiplyAdd(v, Vector512.Create(x[1536]), s6);
            s7 = Avx512F.FusedMultiplyAdd(v, Vector512.Create(x[1792]), s7);
            s8 = Avx512F.FusedMultiplyAdd(v, Vector512.Create(x[2048]), s8);
            s9 = Avx512F.FusedMultiplyAdd(v, Vector512.Create(x[2304]), s9);
            s10 = Avx512F.FusedMultiplyAdd(v, Vector512.Create(x[2560]), s10);
            s11 = Avx512F.FusedMultiplyAdd(v, Vector512.Create(x[2816]), s11);
        }
        s0.Store(sums);
        s1.Store(sums + 16);
        s2.Store(sums + 32);
        s3.Store(sums + 48);
        s4.Store(sums + 64);
        s5.Store(sums + 80);
        s6.Store(sums + 96);
        s7.Store(sums + 112);
        s8.Store(sums + 128);
        s9.Store(sums + 144);
        s10.Store(sums + 160);
        s11.Store(sums + 176);
    }
}
