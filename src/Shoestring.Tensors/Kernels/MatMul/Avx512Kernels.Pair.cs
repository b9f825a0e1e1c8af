using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Shoestring.Tensors;

// Two groups (32 output rows) by four or six activation rows. One group alone needs five loads for four products and is
// bound by the two load ports; two groups need six loads for eight.
internal unsafe partial struct Avx512Kernels
{
    public static bool Pairs => true;

    public static bool FloatPairs => true;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyPair<TDecoder>(Tile first, Tile second, int blocks, byte* records, int rows, float* firstSums, float* secondSums) where TDecoder : struct, ITileDecoder
    {
        int t = 0;
        if (TDecoder.Largest <= 63)
        {
            for (; t + 4 <= rows; t += 4)
            {
                FourByTwo<TDecoder>(first, second, blocks, records + t * PackedActivations.RecordBytes, firstSums + t * 16, secondSums + t * 16);
            }
        }
        Multiply<TDecoder>(first, blocks, records + t * PackedActivations.RecordBytes, rows - t, firstSums + t * 16);
        Multiply<TDecoder>(second, blocks, records + t * PackedActivations.RecordBytes, rows - t, secondSums + t * 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void FourByTwo<TDecoder>(Tile first, Tile second, int blocks, byte* r0, float* sums, float* others) where TDecoder : struct, ITileDecoder
    {
        int quads = TDecoder.SubBlock / 4, subBlocks = blocks * 8 / quads;
        byte* r1 = r0 + PackedActivations.RecordBytes, r2 = r1 + PackedActivations.RecordBytes, r3 = r2 + PackedActivations.RecordBytes;
        Vector512<float> s0 = Vector512.Load(sums), s1 = Vector512.Load(sums + 16), s2 = Vector512.Load(sums + 32), s3 = Vector512.Load(sums + 48);
        Vector512<float> o0 = Vector512.Load(others), o1 = Vector512.Load(others + 16), o2 = Vector512.Load(others + 32), o3 = Vector512.Load(others + 48);
        byte* a = first.W, b = second.W, x0 = r0, x1 = r1, x2 = r2, x3 = r3;
        for (int s = 0; s < subBlocks; s++)
        {
            Vector512<int> d0, d1, d2, d3, e0, e1, e2, e3;
            SubBlock<TDecoder>(a, b, x0, x1, x2, x3, out d0, out d1, out d2, out d3, out e0, out e1, out e2, out e3);
            a += TDecoder.SubBlock * 16;
            b += TDecoder.SubBlock * 16;
            x0 += TDecoder.SubBlock;
            x1 += TDecoder.SubBlock;
            x2 += TDecoder.SubBlock;
            x3 += TDecoder.SubBlock;
            Vector512<float> scale = Vector512.Load(first.Scale + s * 16);
            s0 = Add<TDecoder>(d0, scale, r0, s, s0);
            s1 = Add<TDecoder>(d1, scale, r1, s, s1);
            s2 = Add<TDecoder>(d2, scale, r2, s, s2);
            s3 = Add<TDecoder>(d3, scale, r3, s, s3);
            scale = Vector512.Load(second.Scale + s * 16);
            o0 = Add<TDecoder>(e0, scale, r0, s, o0);
            o1 = Add<TDecoder>(e1, scale, r1, s, o1);
            o2 = Add<TDecoder>(e2, scale, r2, s, o2);
            o3 = Add<TDecoder>(e3, scale, r3, s, o3);
            if (TDecoder.HasMinimum)
            {
                Vector512<float> minimum = Vector512.Load(first.Minimum + s * 16), other = Vector512.Load(second.Minimum + s * 16);
                s0 = Subtract<TDecoder>(minimum, r0, s, s0);
                o0 = Subtract<TDecoder>(other, r0, s, o0);
                s1 = Subtract<TDecoder>(minimum, r1, s, s1);
                o1 = Subtract<TDecoder>(other, r1, s, o1);
                s2 = Subtract<TDecoder>(minimum, r2, s, s2);
                o2 = Subtract<TDecoder>(other, r2, s, o2);
                s3 = Subtract<TDecoder>(minimum, r3, s, s3);
                o3 = Subtract<TDecoder>(other, r3, s, o3);
            }
        }
        s0.Store(sums);
        s1.Store(sums + 16);
        s2.Store(sums + 32);
        s3.Store(sums + 48);
        o0.Store(others);
        o1.Store(others + 16);
        o2.Store(others + 32);
        o3.Store(others + 48);
    }

    /// <summary>Integer dot products of one sub-block of two groups with four activation rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void SubBlock<TDecoder>(byte* a, byte* b, byte* x0, byte* x1, byte* x2, byte* x3,
        out Vector512<int> d0, out Vector512<int> d1, out Vector512<int> d2, out Vector512<int> d3,
        out Vector512<int> e0, out Vector512<int> e1, out Vector512<int> e2, out Vector512<int> e3) where TDecoder : struct, ITileDecoder
    {
        Vector512<short> p0 = Vector512<short>.Zero, p1 = p0, p2 = p0, p3 = p0, q0 = p0, q1 = p0, q2 = p0, q3 = p0;
        if (TDecoder.SubBlock == 32 && TDecoder.Largest <= 15)
        {
            Pair(a + 0, b + 0, x0 + 0, x1 + 0, x2 + 0, x3 + 0, ref p0, ref p1, ref p2, ref p3, ref q0, ref q1, ref q2, ref q3);
            Pair(a + 64, b + 64, x0 + 4, x1 + 4, x2 + 4, x3 + 4, ref p0, ref p1, ref p2, ref p3, ref q0, ref q1, ref q2, ref q3);
            Pair(a + 128, b + 128, x0 + 8, x1 + 8, x2 + 8, x3 + 8, ref p0, ref p1, ref p2, ref p3, ref q0, ref q1, ref q2, ref q3);
            Pair(a + 192, b + 192, x0 + 12, x1 + 12, x2 + 12, x3 + 12, ref p0, ref p1, ref p2, ref p3, ref q0, ref q1, ref q2, ref q3);
            Pair(a + 256, b + 256, x0 + 16, x1 + 16, x2 + 16, x3 + 16, ref p0, ref p1, ref p2, ref p3, ref q0, ref q1, ref q2, ref q3);
            Pair(a + 320, b + 320, x0 + 20, x1 + 20, x2 + 20, x3 + 20, ref p0, ref p1, ref p2, ref p3, ref q0, ref q1, ref q2, ref q3);
            Pair(a + 384, b + 384, x0 + 24, x1 + 24, x2 + 24, x3 + 24, ref p0, ref p1, ref p2, ref p3, ref q0, ref q1, ref q2, ref q3);
            Pair(a + 448, b + 448, x0 + 28, x1 + 28, x2 + 28, x3 + 28, ref p0, ref p1, ref p2, ref p3, ref q0, ref q1, ref q2, ref q3);
            (d0, d1, d2, d3) = (Widened(p0), Widened(p1), Widened(p2), Widened(p3));
            (e0, e1, e2, e3) = (Widened(q0), Widened(q1), Widened(q2), Widened(q3));
            return;
        }
        d0 = d1 = d2 = d3 = e0 = e1 = e2 = e3 = Vector512<int>.Zero;
        // 5-bit weights may be added four times in 16 bits, 6-bit weights twice.
        const int step = 2;
        for (int i = 0; i < TDecoder.SubBlock / 4; i += step, a += step * 64, b += step * 64, x0 += step * 4, x1 += step * 4, x2 += step * 4, x3 += step * 4)
        {
            Pair(a, b, x0, x1, x2, x3, ref p0, ref p1, ref p2, ref p3, ref q0, ref q1, ref q2, ref q3);
            Pair(a + 64, b + 64, x0 + 4, x1 + 4, x2 + 4, x3 + 4, ref p0, ref p1, ref p2, ref p3, ref q0, ref q1, ref q2, ref q3);
            if (TDecoder.Largest > 31 || (i & 2) != 0)
            {
                (d0, d1, d2, d3) = (d0 + Widened(p0), d1 + Widened(p1), d2 + Widened(p2), d3 + Widened(p3));
                (e0, e1, e2, e3) = (e0 + Widened(q0), e1 + Widened(q1), e2 + Widened(q2), e3 + Widened(q3));
                p0 = p1 = p2 = p3 = q0 = q1 = q2 = q3 = Vector512<short>.Zero;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Pair(byte* a, byte* b, byte* x0, byte* x1, byte* x2, byte* x3,
        ref Vector512<short> p0, ref Vector512<short> p1, ref Vector512<short> p2, ref Vector512<short> p3,
        ref Vector512<short> q0, ref Vector512<short> q1, ref Vector512<short> q2, ref Vector512<short> q3)
    {
        Vector512<byte> v = Vector512.Load(a), u = Vector512.Load(b);
        Vector512<sbyte> x = Spread(x0);
        p0 += Avx512BW.MultiplyAddAdjacent(v, x);
        q0 += Avx512BW.MultiplyAddAdjacent(u, x);
        x = Spread(x1);
        p1 += Avx512BW.MultiplyAddAdjacent(v, x);
        q1 += Avx512BW.MultiplyAddAdjacent(u, x);
        x = Spread(x2);
        p2 += Avx512BW.MultiplyAddAdjacent(v, x);
        q2 += Avx512BW.MultiplyAddAdjacent(u, x);
        x = Spread(x3);
        p3 += Avx512BW.MultiplyAddAdjacent(v, x);
        q3 += Avx512BW.MultiplyAddAdjacent(u, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyPair(float* first, float* second, int channels, float* activations, int rows, float* firstSums, float* secondSums)
    {
        int t = 0;
        for (; t + 8 <= rows; t += 8)
        {
            EightByTwo(first, second, channels, activations + t * Tile.Channels, firstSums + t * 16, secondSums + t * 16);
        }
        Multiply(first, channels, activations + t * Tile.Channels, rows - t, firstSums + t * 16);
        Multiply(second, channels, activations + t * Tile.Channels, rows - t, secondSums + t * 16);
    }

    /// <summary>Sixteen sums, two weight vectors: 16 multiply-adds to 10 loads.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void EightByTwo(float* w, float* u, int channels, float* x, float* sums, float* others)
    {
        Vector512<float> s0 = Vector512.Load(sums + 0), o0 = Vector512.Load(others + 0);
        Vector512<float> s1 = Vector512.Load(sums + 16), o1 = Vector512.Load(others + 16);
        Vector512<float> s2 = Vector512.Load(sums + 32), o2 = Vector512.Load(others + 32);
        Vector512<float> s3 = Vector512.Load(sums + 48), o3 = Vector512.Load(others + 48);
        Vector512<float> s4 = Vector512.Load(sums + 64), o4 = Vector512.Load(others + 64);
        Vector512<float> s5 = Vector512.Load(sums + 80), o5 = Vector512.Load(others + 80);
        Vector512<float> s6 = Vector512.Load(sums + 96), o6 = Vector512.Load(others + 96);
        Vector512<float> s7 = Vector512.Load(sums + 112), o7 = Vector512.Load(others + 112);
        for (int k = 0; k < channels; k++, w += 16, u += 16, x++)
        {
            Vector512<float> a = Vector512.Load(w), b = Vector512.Load(u), v = Vector512.Create(*x);
            s0 = Avx512F.FusedMultiplyAdd(a, v, s0);
            o0 = Avx512F.FusedMultiplyAdd(b, v, o0);
            v = Vector512.Create(x[256]);
            s1 = Avx512F.FusedMultiplyAdd(a, v, s1);
            o1 = Avx512F.FusedMultiplyAdd(b, v, o1);
            v = Vector512.Create(x[512]);
            s2 = Avx512F.FusedMultiplyAdd(a, v, s2);
            o2 = Avx512F.FusedMultiplyAdd(b, v, o2);
            v = Vector512.Create(x[768]);
            s3 = Avx512F.FusedMultiplyAdd(a, v, s3);
            o3 = Avx512F.FusedMultiplyAdd(b, v, o3);
            v = Vector512.Create(x[1024]);
            s4 = Avx512F.FusedMultiplyAdd(a, v, s4);
            o4 = Avx512F.FusedMultiplyAdd(b, v, o4);
            v = Vector512.Create(x[1280]);
            s5 = Avx512F.FusedMultiplyAdd(a, v, s5);
            o5 = Avx512F.FusedMultiplyAdd(b, v, o5);
            v = Vector512.Create(x[1536]);
            s6 = Avx512F.FusedMultiplyAdd(a, v, s6);
            o6 = Avx512F.FusedMultiplyAdd(b, v, o6);
            v = Vector512.Create(x[1792]);
            s7 = Avx512F.FusedMultiplyAdd(a, v, s7);
            o7 = Avx512F.FusedMultiplyAdd(b, v, o7);
        }
        s0.Store(sums + 0);
        o0.Store(others + 0);
        s1.Store(sums + 16);
        o1.Store(others + 16);
        s2.Store(sums + 32);
        o2.Store(others + 32);
        s3.Store(sums + 48);
        o3.Store(others + 48);
        s4.Store(sums + 64);
        o4.Store(others + 64);
        s5.Store(sums + 80);
        o5.Store(others + 80);
        s6.Store(sums + 96);
        o6.Store(others + 96);
        s7.Store(sums + 112);
        o7.Store(others + 112);
    }
}
