namespace Shoestring.Tensors;

/// <summary>
/// Finds the scale of one group without a minimum: x ≈ scale · (level − n) with level in 0 … 2n − 1, errors weighted by x²;
/// the searches of ggml's k-quants (<c>make_qx_quants</c>, <c>make_q3_quants</c>), summed in the same order.
/// </summary>
static class SymmetricFit
{
    internal const float Smallest = 1e-15f; // groups whose values are all smaller are stored as zeros

    /// <summary>Tries 19 scales around the one that meets the largest value (Q6_K).</summary>
    /// <param name="x">The group's values.</param>
    /// <param name="n">Half the number of levels.</param>
    /// <param name="levels">Receives the levels, or zeros for an empty group.</param>
    /// <returns>The scale; 0 for an empty group.</returns>
    internal static float Search(ReadOnlySpan<float> x, int n, Span<byte> levels)
    {
        var largest = BlockRange.LargestMagnitude(x);
        if (MathF.Abs(largest) < Smallest)
        {
            levels.Clear();
            return 0;
        }

        var inverse = -n / largest;
        var (sumXL, sumLL) = Sums(x, inverse, n);
        Quantize(x, inverse, n, levels);
        var scale = sumLL != 0 ? sumXL / sumLL : 0;
        var best = scale * sumXL;
        for (var step = -9; step <= 9; step++)
        {
            inverse = -(n + 0.1f * step) / largest;
            (sumXL, sumLL) = Sums(x, inverse, n);
            if (step != 0 && sumLL > 0 && sumXL * sumXL > best * sumLL)
            {
                Quantize(x, inverse, n, levels);
                scale = sumXL / sumLL;
                best = scale * sumXL;
            }
        }

        return scale;
    }

    static (float SumXL, float SumLL) Sums(ReadOnlySpan<float> x, float inverse, int n)
    {
        var (sumXL, sumLL) = (0f, 0f);
        foreach (var value in x)
        {
            var level = Level(inverse * value, n);
            var weight = value * value;
            sumXL += weight * value * level;
            sumLL += weight * level * level;
        }

        return (sumXL, sumLL);
    }

    static int Level(float scaled, int n) => Math.Clamp(Rounding.Nearest(scaled), -n, n - 1);

    static void Quantize(ReadOnlySpan<float> x, float inverse, int n, Span<byte> levels)
    {
        for (var i = 0; i < x.Length; i++)
        {
            levels[i] = (byte)(Level(inverse * x[i], n) + n);
        }
    }

    /// <summary>Starts at the scale that meets the largest value and moves single levels while that helps (Q3_K).</summary>
    /// <inheritdoc cref="Search"/>
    internal static float Refine(ReadOnlySpan<float> x, int n, Span<byte> levels)
    {
        var largest = BlockRange.LargestMagnitude(x);
        if (MathF.Abs(largest) < Smallest)
        {
            levels.Clear();
            return 0;
        }

        var sums = Sums(x, -n / largest, n);
        Quantize(x, -n / largest, n, levels);
        for (var pass = 0; pass < 5; pass++)
        {
            if (!RefineOnce(x, n, levels, ref sums))
            {
                break;
            }
        }

        return sums.SumLL > 0 ? sums.SumXL / sums.SumLL : 0;
    }

    static bool RefineOnce(ReadOnlySpan<float> x, int n, Span<byte> levels, ref (float XL, float LL) sums)
    {
        var changed = false;
        for (var i = 0; i < x.Length; i++)
        {
            var weight = x[i] * x[i];
            var old = levels[i] - n;
            var (xl, ll) = (sums.XL - weight * x[i] * old, sums.LL - weight * old * old);
            var level = xl > 0 ? Level(x[i] * ll / xl, n) : old;
            xl += weight * x[i] * level;
            ll += weight * level * level;
            if (level != old && ll > 0 && xl * xl * sums.LL > sums.XL * sums.XL * ll)
            {
                levels[i] = (byte)(level + n);
                sums = (xl, ll);
                changed = true;
            }
        }

        return changed;
    }

    /// <summary>Levels of a group for the scale that the block really stores; a scale of 0 leaves them as they are.</summary>
    internal static void Requantize(ReadOnlySpan<float> x, float scale, int n, Span<byte> levels)
    {
        if (scale == 0)
        {
            return;
        }

        for (var i = 0; i < x.Length; i++)
        {
            levels[i] = (byte)(Level(x[i] / scale, n) + n);
        }
    }
}
