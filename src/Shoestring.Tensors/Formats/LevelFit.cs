using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Shoestring.Tensors;

/// <summary>
/// Finds scale and offset of one group of values, errors weighted: a grid of scales around the one that meets the largest value
/// proposes levels, weighted least squares gives the scale for them, and the proposal of smallest error wins. The searches are
/// those of ggml's encoders with an importance matrix (<c>make_qx_quants</c>, <c>make_qkx3_quants</c> in ggml-quants.c), with the
/// other sign of the scale tried too.
/// </summary>
/// <remarks>
/// Levels that follow each other are found eight at a time, which makes a group four times as fast as one by one; the eight sums are
/// added in one order everywhere. Others (IQ4_NL) are looked up one by one.
/// </remarks>
static unsafe class LevelFit
{
    const int Tries = 9;

    /// <summary>Scales that an affine group is tried at, and how far apart.</summary>
    const int AffineTries = 37;
    const float AffineFirst = -0.9f, AffineStep = 0.05f;

    /// <summary>Fits a group.</summary>
    /// <param name="x">The values.</param>
    /// <param name="weights">What a squared error in each of them weighs; not negative.</param>
    /// <param name="values">What the levels stand for, ascending.</param>
    /// <returns>Scale and offset; an offset of 0 where levels are signed. A group of zeros has the scale 0.</returns>
    internal static (float Scale, float Offset) Search(ReadOnlySpan<float> x, ReadOnlySpan<float> weights, ReadOnlySpan<sbyte> values)
    {
        fixed (float* px = x, pw = weights)
        {
            Group group = new(px, pw, x.Length);
            return values[0] < 0 ? (Signed(group, x, values), 0) : Affine(group, values.Length - 1);
        }
    }

    static float Signed(Group group, ReadOnlySpan<float> x, ReadOnlySpan<sbyte> values)
    {
        float largest = BlockRange.LargestMagnitude(x);
        if (MathF.Abs(largest) < SymmetricFit.Smallest)
        {
            return 0;
        }

        bool even = values[^1] - values[0] == values.Length - 1 && x.Length % Vector256<float>.Count == 0;
        float step = 0.0125f * (values[^1] - values[0]) / 2;
        (float scale, float best) = (largest / values[0], -1);
        foreach (sbyte end in (ReadOnlySpan<sbyte>)[values[0], values[^1]])
        {
            for (int i = -Tries; i <= Tries; i++)
            {
                float inverse = (end + (i * step)) / largest;
                (float sumXL, float sumLL) = even ? group.Sums(inverse, values[0], values[^1]) : group.Sums(inverse, values);
                // The error is Σ w·x² − (Σ w·x·l)² / Σ w·l².
                if (sumLL > 0 && sumXL * sumXL > best * sumLL)
                {
                    (scale, best) = (sumXL / sumLL, sumXL * sumXL / sumLL);
                }
            }
        }

        return scale;
    }

    /// <summary>x ≈ scale · level + offset with level in 0 … <paramref name="maxLevel"/> and offset ≤ 0.</summary>
    static (float Scale, float Offset) Affine(Group group, int maxLevel)
    {
        (float minimum, float maximum, float weight, float weighted) = group.Moments();
        minimum = MathF.Min(minimum, 0);
        if (maximum == minimum)
        {
            return (0, minimum);
        }

        float* levels = stackalloc float[group.Length];
        float scale = (maximum - minimum) / maxLevel;
        float range = maximum - minimum;
        _ = group.Levels(maxLevel / range, minimum, maxLevel, levels);
        float smallest = group.Error(levels, scale, minimum);
        for (int i = 0; i < AffineTries; i++)
        {
            // The offset is the best so far, so each improvement shifts the grid too.
            (float sumL, float sumLL, float sumXL) = group.Levels((AffineFirst + (AffineStep * i) + maxLevel) / range, minimum, maxLevel, levels);
            float determinant = (weight * sumLL) - (sumL * sumL);
            if (determinant <= 0)
            {
                continue;
            }

            float trialScale = ((weight * sumXL) - (weighted * sumL)) / determinant, trialOffset = ((sumLL * weighted) - (sumL * sumXL)) / determinant;
            (trialScale, trialOffset) = trialOffset > 0 ? (sumXL / sumLL, 0) : (trialScale, trialOffset);
            float error = group.Error(levels, trialScale, trialOffset);
            if (error < smallest)
            {
                (smallest, scale, minimum) = (error, trialScale, trialOffset);
            }
        }

        return (scale, minimum);
    }

    /// <summary>Values and their weights; whole vectors of them where sums go eight at a time.</summary>
    readonly struct Group(float* x, float* weights, int length)
    {
        const int Lanes = 8;

        public int Length => length;

        /// <summary>Σ w·x·l and Σ w·l² of the nearest of consecutive levels.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public (float SumXL, float SumLL) Sums(float inverse, float lowest, float highest)
        {
            Vector256<float> sumXL = default, sumLL = default, factor = Vector256.Create(inverse), low = Vector256.Create(lowest), high = Vector256.Create(highest);
            for (int i = 0; i < length; i += Lanes)
            {
                Vector256<float> value = Vector256.Load(x + i);
                // Far values are clamped before they are rounded, to even.
                Vector256<float> level = Vector256.Round(Vector256.Min(Vector256.Max(value * factor, low), high));
                Vector256<float> weighted = Vector256.Load(weights + i) * level;
                sumXL += weighted * value;
                sumLL += weighted * level;
            }

            return (Total(sumXL), Total(sumLL));
        }

        /// <inheritdoc cref="Sums(float, float, float)"/>
        public (float SumXL, float SumLL) Sums(float inverse, ReadOnlySpan<sbyte> values)
        {
            (float sumXL, float sumLL) = (0, 0);
            for (int i = 0; i < length; i++)
            {
                float level = values[LevelGrid.Nearest(values, inverse * x[i])];
                sumXL += weights[i] * x[i] * level;
                sumLL += weights[i] * level * level;
            }

            return (sumXL, sumLL);
        }

        public (float Minimum, float Maximum, float Weight, float Weighted) Moments()
        {
            Vector256<float> minimum = Vector256.Load(x), maximum = minimum, weight = default, weighted = default;
            for (int i = 0; i < length; i += Lanes)
            {
                Vector256<float> value = Vector256.Load(x + i), own = Vector256.Load(weights + i);
                minimum = Vector256.Min(minimum, value);
                maximum = Vector256.Max(maximum, value);
                weight += own;
                weighted += own * value;
            }

            (float lowest, float highest) = (minimum[0], maximum[0]);
            for (int lane = 1; lane < Lanes; lane++)
            {
                (lowest, highest) = (MathF.Min(lowest, minimum[lane]), MathF.Max(highest, maximum[lane]));
            }

            return (lowest, highest, Total(weight), Total(weighted));
        }

        /// <summary>The nearest levels 0 … <paramref name="maxLevel"/> and their sums Σ w·l, Σ w·l², Σ w·x·l.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public (float SumL, float SumLL, float SumXL) Levels(float inverse, float offset, float maxLevel, float* levels)
        {
            Vector256<float> sumL = default, sumLL = default, sumXL = default;
            Vector256<float> factor = Vector256.Create(inverse), shift = Vector256.Create(offset), high = Vector256.Create(maxLevel);
            for (int i = 0; i < length; i += Lanes)
            {
                Vector256<float> value = Vector256.Load(x + i);
                Vector256<float> level = Vector256.Round(Vector256.Min(Vector256.Max((value - shift) * factor, default), high));
                level.Store(levels + i);
                Vector256<float> weighted = Vector256.Load(weights + i) * level;
                sumL += weighted;
                sumLL += weighted * level;
                sumXL += weighted * value;
            }

            return (Total(sumL), Total(sumLL), Total(sumXL));
        }

        /// <summary>Σ w·(scale·l + offset − x)².</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float Error(float* levels, float scale, float offset)
        {
            Vector256<float> sum = default, factor = Vector256.Create(scale), shift = Vector256.Create(offset);
            for (int i = 0; i < length; i += Lanes)
            {
                Vector256<float> difference = (factor * Vector256.Load(levels + i)) + shift - Vector256.Load(x + i);
                sum += Vector256.Load(weights + i) * difference * difference;
            }

            return Total(sum);
        }

        /// <summary>Halves onto each other until one is left: the same order on every machine.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static float Total(Vector256<float> sums)
        {
            Vector128<float> four = sums.GetLower() + sums.GetUpper();
            return four[0] + four[2] + (four[1] + four[3]);
        }
    }
}
