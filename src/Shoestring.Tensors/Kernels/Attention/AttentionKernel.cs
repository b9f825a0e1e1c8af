using System.Runtime.CompilerServices;

namespace Shoestring.Tensors;

/// <summary>Reads keys and values of a cache format as lanes.</summary>
internal unsafe interface IKvElements
{
    static abstract int Bytes { get; }

    static abstract TLanes Load<TLanes>(byte* source) where TLanes : struct, ILanes<TLanes>;
}

internal unsafe struct F32Elements : IKvElements
{
    public static int Bytes => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Load<TLanes>(byte* source) where TLanes : struct, ILanes<TLanes> => TLanes.Load((float*)source);
}

internal unsafe struct F16Elements : IKvElements
{
    public static int Bytes => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Load<TLanes>(byte* source) where TLanes : struct, ILanes<TLanes> => TLanes.LoadHalf((ushort*)source);
}

/// <summary>
/// The one product that attention needs, for scores (matrix = keys, steps = channels) and for outputs (matrix = values,
/// steps = positions): <c>sums[q, c] += Σ_i factors[q, i] · matrix[i, c]</c>, i ascending, one rounding a step.
/// </summary>
internal static unsafe class AttentionKernel<TLanes, TElements> where TLanes : struct, ILanes<TLanes> where TElements : struct, IKvElements
{
    /// <param name="matrix"><c>[step, column]</c>, <paramref name="stride"/> elements a step.</param>
    /// <param name="stride">Elements from step to step.</param>
    /// <param name="steps">Number of steps.</param>
    /// <param name="factors"><c>[query, step]</c></param>
    /// <param name="factorStride">Floats from query to query.</param>
    /// <param name="queries">1 … 4.</param>
    /// <param name="sums"><c>[query, column]</c></param>
    /// <param name="sumStride">Floats from query to query.</param>
    /// <param name="columns">A multiple of 16.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Accumulate(byte* matrix, int stride, int steps, float* factors, int factorStride, int queries, float* sums, int sumStride, int columns)
    {
        int bytes = stride * TElements.Bytes, c = 0;
        if (queries == 4)
        {
            // Eight sums hide the latency of the multiply-add; with two registers a sum there are not enough of them.
            for (; typeof(TLanes) == typeof(Lanes512) && c + 32 <= columns; c += 32)
            {
                FourByTwo(matrix + c * TElements.Bytes, bytes, steps, factors, factorStride, sums + c, sumStride);
            }
            for (; c < columns; c += 16)
            {
                Four(matrix + c * TElements.Bytes, bytes, steps, factors, factorStride, sums + c, sumStride);
            }
            return;
        }
        for (int q = 0; q < queries; q++)
        {
            float* f = factors + q * factorStride, s = sums + q * sumStride;
            for (c = 0; c + 64 <= columns; c += 64)
            {
                OneByFour(matrix + c * TElements.Bytes, bytes, steps, f, s + c);
            }
            for (; c < columns; c += 16)
            {
                One(matrix + c * TElements.Bytes, bytes, steps, f, s + c);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void FourByTwo(byte* matrix, int stride, int steps, float* factors, int factorStride, float* sums, int sumStride)
    {
        float* t1 = sums + sumStride, t2 = t1 + sumStride, t3 = t2 + sumStride;
        TLanes s0 = TLanes.Load(sums), s1 = TLanes.Load(t1), s2 = TLanes.Load(t2), s3 = TLanes.Load(t3);
        TLanes r0 = TLanes.Load(sums + 16), r1 = TLanes.Load(t1 + 16), r2 = TLanes.Load(t2 + 16), r3 = TLanes.Load(t3 + 16);
        float* f1 = factors + factorStride, f2 = f1 + factorStride, f3 = f2 + factorStride;
        for (int i = 0; i < steps; i++, matrix += stride)
        {
            TLanes m = TElements.Load<TLanes>(matrix), n = TElements.Load<TLanes>(matrix + 16 * TElements.Bytes);
            TLanes f = TLanes.Create(factors[i]);
            s0 = TLanes.MultiplyAdd(m, f, s0);
            r0 = TLanes.MultiplyAdd(n, f, r0);
            f = TLanes.Create(f1[i]);
            s1 = TLanes.MultiplyAdd(m, f, s1);
            r1 = TLanes.MultiplyAdd(n, f, r1);
            f = TLanes.Create(f2[i]);
            s2 = TLanes.MultiplyAdd(m, f, s2);
            r2 = TLanes.MultiplyAdd(n, f, r2);
            f = TLanes.Create(f3[i]);
            s3 = TLanes.MultiplyAdd(m, f, s3);
            r3 = TLanes.MultiplyAdd(n, f, r3);
        }
        TLanes.Store(s0, sums);
        TLanes.Store(s1, t1);
        TLanes.Store(s2, t2);
        TLanes.Store(s3, t3);
        TLanes.Store(r0, sums + 16);
        TLanes.Store(r1, t1 + 16);
        TLanes.Store(r2, t2 + 16);
        TLanes.Store(r3, t3 + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void OneByFour(byte* matrix, int stride, int steps, float* factors, float* sums)
    {
        TLanes s0 = TLanes.Load(sums), s1 = TLanes.Load(sums + 16), s2 = TLanes.Load(sums + 32), s3 = TLanes.Load(sums + 48);
        for (int i = 0; i < steps; i++, matrix += stride)
        {
            TLanes f = TLanes.Create(factors[i]);
            s0 = TLanes.MultiplyAdd(TElements.Load<TLanes>(matrix), f, s0);
            s1 = TLanes.MultiplyAdd(TElements.Load<TLanes>(matrix + 16 * TElements.Bytes), f, s1);
            s2 = TLanes.MultiplyAdd(TElements.Load<TLanes>(matrix + 32 * TElements.Bytes), f, s2);
            s3 = TLanes.MultiplyAdd(TElements.Load<TLanes>(matrix + 48 * TElements.Bytes), f, s3);
        }
        TLanes.Store(s0, sums);
        TLanes.Store(s1, sums + 16);
        TLanes.Store(s2, sums + 32);
        TLanes.Store(s3, sums + 48);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Four(byte* matrix, int stride, int steps, float* factors, int factorStride, float* sums, int sumStride)
    {
        TLanes s0 = TLanes.Load(sums), s1 = TLanes.Load(sums + sumStride), s2 = TLanes.Load(sums + 2 * sumStride), s3 = TLanes.Load(sums + 3 * sumStride);
        float* f1 = factors + factorStride, f2 = f1 + factorStride, f3 = f2 + factorStride;
        for (int i = 0; i < steps; i++, matrix += stride)
        {
            TLanes m = TElements.Load<TLanes>(matrix);
            s0 = TLanes.MultiplyAdd(m, TLanes.Create(factors[i]), s0);
            s1 = TLanes.MultiplyAdd(m, TLanes.Create(f1[i]), s1);
            s2 = TLanes.MultiplyAdd(m, TLanes.Create(f2[i]), s2);
            s3 = TLanes.MultiplyAdd(m, TLanes.Create(f3[i]), s3);
        }
        TLanes.Store(s0, sums);
        TLanes.Store(s1, sums + sumStride);
        TLanes.Store(s2, sums + 2 * sumStride);
        TLanes.Store(s3, sums + 3 * sumStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void One(byte* matrix, int stride, int steps, float* factors, float* sums)
    {
        TLanes sum = TLanes.Load(sums);
        for (int i = 0; i < steps; i++, matrix += stride)
        {
            sum = TLanes.MultiplyAdd(TElements.Load<TLanes>(matrix), TLanes.Create(factors[i]), sum);
        }
        TLanes.Store(sum, sums);
    }
}
