using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Shoestring.Tensors;

// Two groups (32 output rows) of floats by eight activation rows: 16 multiply-adds to 10 loads. (Integers gain nothing by it
// on Zen 4 nor on Zen 5: they are bound by vpmaddubsw.)
internal unsafe partial struct Avx512Kernels
{
    public static bool FloatPairs => true;

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
