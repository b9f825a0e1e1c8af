namespace Shoestring.Tensors;

/// <summary>The grid of inverse scales that is tried: (First + Step·i + largest level) / range for i = 0 … Last.</summary>
/// <param name="First">Offset of the first one.</param>
/// <param name="Step">Distance between two.</param>
/// <param name="Last">Index of the last one.</param>
/// <param name="Absolute">Whether the error is the weighted sum of magnitudes rather than of squares.</param>
/// <remarks>The values are those of ggml's reference encoders (ggml-org/ggml, ggml-quants.c).</remarks>
readonly record struct AffineSearch(float First, float Step, int Last, bool Absolute)
{
    internal static readonly AffineSearch Q2_K = new(-0.5f, 0.1f, 15, true);
    internal static readonly AffineSearch Q4_K = new(-1, 0.1f, 20, false);
    internal static readonly AffineSearch Q5_K = new(-0.5f, 0.1f, 15, false);
}

/// <summary>
/// Finds scale and minimum of one group: x ≈ scale · level + minimum with level in 0 … <paramref name="maxLevel"/> and
/// minimum ≤ 0. A grid of scales proposes the levels, weighted least squares gives scale and minimum for them, and the
/// proposal of smallest error wins: the search of ggml's k-quants (<c>make_qkx2_quants</c>), summed in the same order.
/// </summary>
/// <param name="x">The group's values.</param>
/// <param name="weights">What an error in each of them weighs.</param>
/// <param name="maxLevel">The highest level.</param>
readonly ref struct AffineFit(ReadOnlySpan<float> x, ReadOnlySpan<float> weights, int maxLevel)
{
    readonly ReadOnlySpan<float> x = x;
    readonly ReadOnlySpan<float> weights = weights;

    /// <summary>Fits the group.</summary>
    /// <param name="search">The scales to try.</param>
    /// <param name="levels">Receives the levels.</param>
    /// <param name="offset">Receives minus the minimum, at least 0.</param>
    /// <returns>The scale; 0 when all values are equal and not positive.</returns>
    internal float Search(in AffineSearch search, Span<byte> levels, out float offset)
    {
        var (minimum, maximum, weightSum, weightedSum) = Moments();
        minimum = minimum > 0 ? 0 : minimum;
        offset = -minimum;
        if (maximum == minimum)
        {
            levels.Clear();
            return 0;
        }

        Span<byte> trial = stackalloc byte[x.Length];
        var inverse = maxLevel / (maximum - minimum);
        var scale = 1 / inverse;
        Quantize(inverse, minimum, levels);
        var smallestError = Error(levels, scale, minimum, search.Absolute);
        for (var i = 0; i <= search.Last; i++)
        {
            // The minimum is the best so far, so each improvement shifts the grid too.
            Quantize((search.First + search.Step * i + maxLevel) / (maximum - minimum), minimum, trial);
            if (!Solve(trial, weightSum, weightedSum, out var trialScale, out var trialMinimum))
            {
                continue;
            }

            var error = Error(trial, trialScale, trialMinimum, search.Absolute);
            if (error < smallestError)
            {
                trial.CopyTo(levels);
                (smallestError, scale, minimum) = (error, trialScale, trialMinimum);
            }
        }

        offset = -minimum;
        return scale;
    }

    (float Minimum, float Maximum, float WeightSum, float WeightedSum) Moments()
    {
        var (minimum, maximum, weightSum, weightedSum) = (x[0], x[0], weights[0], weights[0] * x[0]);
        for (var i = 1; i < x.Length; i++)
        {
            minimum = x[i] < minimum ? x[i] : minimum;
            maximum = x[i] > maximum ? x[i] : maximum;
            weightSum += weights[i];
            weightedSum += weights[i] * x[i];
        }

        return (minimum, maximum, weightSum, weightedSum);
    }

    void Quantize(float inverse, float minimum, Span<byte> levels)
    {
        for (var i = 0; i < levels.Length; i++)
        {
            levels[i] = (byte)Math.Clamp(Rounding.Nearest(inverse * (x[i] - minimum)), 0, maxLevel);
        }
    }

    float Error(ReadOnlySpan<byte> levels, float scale, float minimum, bool absolute)
    {
        var error = 0f;
        for (var i = 0; i < levels.Length; i++)
        {
            var difference = scale * levels[i] + minimum - x[i];
            error += weights[i] * (absolute ? MathF.Abs(difference) : difference * difference);
        }

        return error;
    }

    /// <summary>Weighted least squares for given levels; false when they are all equal.</summary>
    bool Solve(ReadOnlySpan<byte> levels, float weightSum, float weightedSum, out float scale, out float minimum)
    {
        var (sumL, sumLL, sumXL) = (0f, 0f, 0f);
        for (var i = 0; i < levels.Length; i++)
        {
            var weighted = weights[i] * levels[i];
            sumL += weighted;
            sumLL += weighted * levels[i];
            sumXL += weighted * x[i];
        }

        var determinant = weightSum * sumLL - sumL * sumL;
        scale = (weightSum * sumXL - weightedSum * sumL) / determinant;
        minimum = (sumLL * weightedSum - sumL * sumXL) / determinant;
        if (minimum > 0)
        {
            (scale, minimum) = (sumXL / sumLL, 0);
        }

        return determinant > 0;
    }

    /// <summary>
    /// Levels of a group for the scale and offset that the block really stores; a scale of 0 leaves them as they are.
    /// </summary>
    internal static void Requantize(ReadOnlySpan<float> x, float scale, float offset, int maxLevel, Span<byte> levels)
    {
        if (scale == 0)
        {
            return;
        }

        for (var i = 0; i < x.Length; i++)
        {
            levels[i] = (byte)Math.Clamp(Rounding.Nearest((x[i] + offset) / scale), 0, maxLevel);
        }
    }

    /// <summary>The largest of <paramref name="values"/>, or 0 when none is positive.</summary>
    internal static float LargestPositive(ReadOnlySpan<float> values)
    {
        var largest = 0f;
        foreach (var value in values)
        {
            largest = value > largest ? value : largest;
        }

        return largest;
    }
}
