namespace Shoestring.Tensors;

/// <summary>
/// Finds scale and offset of one group of values, errors weighted: a grid of scales around the one that meets the largest value
/// proposes levels, weighted least squares gives the scale for them, and the proposal of smallest error wins. The searches are
/// those of ggml's encoders with an importance matrix (<c>make_qx_quants</c>, <c>make_qkx3_quants</c> in ggml-quants.c), with the
/// other sign of the scale tried too.
/// </summary>
static class LevelFit
{
    const int Tries = 9;
    static readonly AffineSearch affine = new(-0.9f, 0.05f, 36, false);

    /// <summary>Fits a group.</summary>
    /// <param name="x">The values.</param>
    /// <param name="weights">What a squared error in each of them weighs; not negative.</param>
    /// <param name="values">What the levels stand for, ascending.</param>
    /// <returns>Scale and offset; an offset of 0 where levels are signed. A group of zeros has the scale 0.</returns>
    internal static (float Scale, float Offset) Search(ReadOnlySpan<float> x, ReadOnlySpan<float> weights, ReadOnlySpan<sbyte> values)
    {
        if (values[0] < 0)
        {
            return (Signed(x, weights, values), 0);
        }

        Span<byte> levels = stackalloc byte[x.Length];
        float scale = new AffineFit(x, weights, values.Length - 1).Search(affine, levels, out float offset);
        return (scale, -offset);
    }

    static float Signed(ReadOnlySpan<float> x, ReadOnlySpan<float> weights, ReadOnlySpan<sbyte> values)
    {
        float largest = BlockRange.LargestMagnitude(x);
        if (MathF.Abs(largest) < SymmetricFit.Smallest)
        {
            return 0;
        }

        float step = 0.0125f * (values[^1] - values[0]) / 2;
        (float scale, float best) = (largest / values[0], -1);
        foreach (sbyte end in (ReadOnlySpan<sbyte>)[values[0], values[^1]])
        {
            for (int i = -Tries; i <= Tries; i++)
            {
                Try((end + (i * step)) / largest, x, weights, values, ref scale, ref best);
            }
        }

        return scale;
    }

    static void Try(float inverse, ReadOnlySpan<float> x, ReadOnlySpan<float> weights, ReadOnlySpan<sbyte> values, ref float scale, ref float best)
    {
        (float sumXL, float sumLL) = (0, 0);
        for (int i = 0; i < x.Length; i++)
        {
            float value = values[LevelGrid.Nearest(values, inverse * x[i])];
            sumXL += weights[i] * x[i] * value;
            sumLL += weights[i] * value * value;
        }

        // The error is Σ w·x² − (Σ w·x·l)² / Σ w·l².
        if (sumLL > 0 && sumXL * sumXL > best * sumLL)
        {
            (scale, best) = (sumXL / sumLL, sumXL * sumXL / sumLL);
        }
    }
}
