using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Shoestring.Tensors;

/// <summary>
/// Sums of outer products: <c>sums[i, lane] = fma(panel[k, lane], x[k, i], sums[i, lane])</c>, k ascending. Both factors have the step
/// that is summed over as their rows, so that neither is turned: gradients of weights, and what weights of attention multiply.
/// <code>
/// panel [step][16 lanes]   x [step, stride apart][i]   sums [i][16 lanes]
/// </code>
/// Versions: plain loops; 128-bit, one i at a time; 256-bit, six; 512-bit, eight with one panel or with two, 16 multiply-adds to 10
/// loads. All of them have the bits of the plain loops.
/// </summary>
internal static unsafe class OuterProducts
{
    const int Lanes = PackedLayout.GroupRows;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Plain(float* panel, int steps, float* x, long stride, int count, float* sums)
    {
        for (int k = 0; k < steps; k++)
        {
            for (int i = 0; i < count; i++)
            {
                for (int lane = 0; lane < Lanes; lane++)
                {
                    sums[i * Lanes + lane] = MathF.FusedMultiplyAdd(panel[k * Lanes + lane], x[k * stride + i], sums[i * Lanes + lane]);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void With128(float* panel, int steps, float* x, long stride, int count, float* sums)
    {
        for (int i = 0; i < count; i++, sums += Lanes)
        {
            Vector128<float> a = Vector128.Load(sums), b = Vector128.Load(sums + 4), c = Vector128.Load(sums + 8), d = Vector128.Load(sums + 12);
            float* w = panel, from = x + i;
            for (int k = 0; k < steps; k++, w += Lanes, from += stride)
            {
                Vector128<float> v = Vector128.Create(*from);
                a = Vector128.FusedMultiplyAdd(Vector128.Load(w), v, a);
                b = Vector128.FusedMultiplyAdd(Vector128.Load(w + 4), v, b);
                c = Vector128.FusedMultiplyAdd(Vector128.Load(w + 8), v, c);
                d = Vector128.FusedMultiplyAdd(Vector128.Load(w + 12), v, d);
            }
            a.Store(sums);
            b.Store(sums + 4);
            c.Store(sums + 8);
            d.Store(sums + 12);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void With256(float* panel, int steps, float* x, long stride, int count, float* sums)
    {
        int i = 0;
        for (; i + 6 <= count; i += 6)
        {
            Six(panel, steps, x + i, stride, sums + i * Lanes);
        }
        for (; i < count; i++)
        {
            One256(panel, steps, x + i, stride, sums + i * Lanes);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void One256(float* panel, int steps, float* x, long stride, float* sums)
    {
        Vector256<float> a = Vector256.Load(sums), b = Vector256.Load(sums + 8);
        for (int k = 0; k < steps; k++, panel += Lanes, x += stride)
        {
            Vector256<float> v = Vector256.Create(*x);
            a = Fma.MultiplyAdd(Vector256.Load(panel), v, a);
            b = Fma.MultiplyAdd(Vector256.Load(panel + 8), v, b);
        }
        a.Store(sums);
        b.Store(sums + 8);
    }

    /// <summary>Twelve sums, two vectors of the panel and one value stay within 16 registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Six(float* panel, int steps, float* x, long stride, float* sums)
    {
        Vector256<float> a0 = Vector256.Load(sums), b0 = Vector256.Load(sums + 8), a1 = Vector256.Load(sums + 16), b1 = Vector256.Load(sums + 24);
        Vector256<float> a2 = Vector256.Load(sums + 32), b2 = Vector256.Load(sums + 40), a3 = Vector256.Load(sums + 48), b3 = Vector256.Load(sums + 56);
        Vector256<float> a4 = Vector256.Load(sums + 64), b4 = Vector256.Load(sums + 72), a5 = Vector256.Load(sums + 80), b5 = Vector256.Load(sums + 88);
        for (int k = 0; k < steps; k++, panel += Lanes, x += stride)
        {
            Vector256<float> a = Vector256.Load(panel), b = Vector256.Load(panel + 8), v = Vector256.Create(*x);
            a0 = Fma.MultiplyAdd(a, v, a0);
            b0 = Fma.MultiplyAdd(b, v, b0);
            v = Vector256.Create(x[1]);
            a1 = Fma.MultiplyAdd(a, v, a1);
            b1 = Fma.MultiplyAdd(b, v, b1);
            v = Vector256.Create(x[2]);
            a2 = Fma.MultiplyAdd(a, v, a2);
            b2 = Fma.MultiplyAdd(b, v, b2);
            v = Vector256.Create(x[3]);
            a3 = Fma.MultiplyAdd(a, v, a3);
            b3 = Fma.MultiplyAdd(b, v, b3);
            v = Vector256.Create(x[4]);
            a4 = Fma.MultiplyAdd(a, v, a4);
            b4 = Fma.MultiplyAdd(b, v, b4);
            v = Vector256.Create(x[5]);
            a5 = Fma.MultiplyAdd(a, v, a5);
            b5 = Fma.MultiplyAdd(b, v, b5);
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void With512(float* panel, int steps, float* x, long stride, int count, float* sums)
    {
        int i = 0;
        for (; i + 8 <= count; i += 8)
        {
            Eight(panel, steps, x + i, stride, sums + i * Lanes);
        }
        for (; i < count; i++)
        {
            One512(panel, steps, x + i, stride, sums + i * Lanes);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void One512(float* panel, int steps, float* x, long stride, float* sums)
    {
        Vector512<float> sum = Vector512.Load(sums);
        for (int k = 0; k < steps; k++, panel += Lanes, x += stride)
        {
            sum = Avx512F.FusedMultiplyAdd(Vector512.Load(panel), Vector512.Create(*x), sum);
        }
        sum.Store(sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Eight(float* panel, int steps, float* x, long stride, float* sums)
    {
        Vector512<float> s0 = Vector512.Load(sums), s1 = Vector512.Load(sums + 16), s2 = Vector512.Load(sums + 32), s3 = Vector512.Load(sums + 48);
        Vector512<float> s4 = Vector512.Load(sums + 64), s5 = Vector512.Load(sums + 80), s6 = Vector512.Load(sums + 96), s7 = Vector512.Load(sums + 112);
        for (int k = 0; k < steps; k++, panel += Lanes, x += stride)
        {
            Vector512<float> w = Vector512.Load(panel);
            s0 = Avx512F.FusedMultiplyAdd(w, Vector512.Create(*x), s0);
            s1 = Avx512F.FusedMultiplyAdd(w, Vector512.Create(x[1]), s1);
            s2 = Avx512F.FusedMultiplyAdd(w, Vector512.Create(x[2]), s2);
            s3 = Avx512F.FusedMultiplyAdd(w, Vector512.Create(x[3]), s3);
            s4 = Avx512F.FusedMultiplyAdd(w, Vector512.Create(x[4]), s4);
            s5 = Avx512F.FusedMultiplyAdd(w, Vector512.Create(x[5]), s5);
            s6 = Avx512F.FusedMultiplyAdd(w, Vector512.Create(x[6]), s6);
            s7 = Avx512F.FusedMultiplyAdd(w, Vector512.Create(x[7]), s7);
        }
        s0.Store(sums);
        s1.Store(sums + 16);
        s2.Store(sums + 32);
        s3.Store(sums + 48);
        s4.Store(sums + 64);
        s5.Store(sums + 80);
        s6.Store(sums + 96);
        s7.Store(sums + 112);
    }

    /// <summary>Two panels with the same x, so that each of its values is loaded once for both.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pair512(float* first, float* second, int steps, float* x, long stride, int count, float* firstSums, float* secondSums)
    {
        int i = 0;
        for (; i + 8 <= count; i += 8)
        {
            EightByTwo(first, second, steps, x + i, stride, firstSums + i * Lanes, secondSums + i * Lanes);
        }
        for (; i < count; i++)
        {
            One512(first, steps, x + i, stride, firstSums + i * Lanes);
            One512(second, steps, x + i, stride, secondSums + i * Lanes);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void EightByTwo(float* first, float* second, int steps, float* x, long stride, float* sums, float* others)
    {
        Vector512<float> s0 = Vector512.Load(sums), o0 = Vector512.Load(others), s1 = Vector512.Load(sums + 16), o1 = Vector512.Load(others + 16);
        Vector512<float> s2 = Vector512.Load(sums + 32), o2 = Vector512.Load(others + 32), s3 = Vector512.Load(sums + 48), o3 = Vector512.Load(others + 48);
        Vector512<float> s4 = Vector512.Load(sums + 64), o4 = Vector512.Load(others + 64), s5 = Vector512.Load(sums + 80), o5 = Vector512.Load(others + 80);
        Vector512<float> s6 = Vector512.Load(sums + 96), o6 = Vector512.Load(others + 96), s7 = Vector512.Load(sums + 112), o7 = Vector512.Load(others + 112);
        for (int k = 0; k < steps; k++, first += Lanes, second += Lanes, x += stride)
        {
            Vector512<float> a = Vector512.Load(first), b = Vector512.Load(second), v = Vector512.Create(*x);
            s0 = Avx512F.FusedMultiplyAdd(a, v, s0);
            o0 = Avx512F.FusedMultiplyAdd(b, v, o0);
            v = Vector512.Create(x[1]);
            s1 = Avx512F.FusedMultiplyAdd(a, v, s1);
            o1 = Avx512F.FusedMultiplyAdd(b, v, o1);
            v = Vector512.Create(x[2]);
            s2 = Avx512F.FusedMultiplyAdd(a, v, s2);
            o2 = Avx512F.FusedMultiplyAdd(b, v, o2);
            v = Vector512.Create(x[3]);
            s3 = Avx512F.FusedMultiplyAdd(a, v, s3);
            o3 = Avx512F.FusedMultiplyAdd(b, v, o3);
            v = Vector512.Create(x[4]);
            s4 = Avx512F.FusedMultiplyAdd(a, v, s4);
            o4 = Avx512F.FusedMultiplyAdd(b, v, o4);
            v = Vector512.Create(x[5]);
            s5 = Avx512F.FusedMultiplyAdd(a, v, s5);
            o5 = Avx512F.FusedMultiplyAdd(b, v, o5);
            v = Vector512.Create(x[6]);
            s6 = Avx512F.FusedMultiplyAdd(a, v, s6);
            o6 = Avx512F.FusedMultiplyAdd(b, v, o6);
            v = Vector512.Create(x[7]);
            s7 = Avx512F.FusedMultiplyAdd(a, v, s7);
            o7 = Avx512F.FusedMultiplyAdd(b, v, o7);
        }
        s0.Store(sums);
        o0.Store(others);
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
