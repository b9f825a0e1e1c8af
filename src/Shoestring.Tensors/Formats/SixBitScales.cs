namespace Shoestring.Tensors;

/// <summary>
/// The 12 bytes in which Q4_K and Q5_K keep 8 scales and 8 minima of 6 bits: scales 0–3 in the low bits of bytes 0–3,
/// minima 0–3 in those of bytes 4–7; of scale and minimum 4 + g the low four bits are the halves of byte 8 + g and the
/// high two the top bits of bytes g and 4 + g.
/// </summary>
static class SixBitScales
{
    /// <summary>Scale and minimum of a group of 32.</summary>
    internal static (int Scale, int Minimum) Read(ReadOnlySpan<byte> packed, int group) => group < 4
        ? (packed[group] & 63, packed[group + 4] & 63)
        : (packed[group + 4] & 15 | packed[group - 4] >> 6 << 4, packed[group + 4] >> 4 | packed[group] >> 6 << 4);

    /// <summary>Writes scale and minimum of a group; groups must come in order, as later ones add to earlier bytes.</summary>
    internal static void Write(Span<byte> packed, int group, int scale, int minimum)
    {
        if (group < 4)
        {
            packed[group] = (byte)scale;
            packed[group + 4] = (byte)minimum;
            return;
        }

        packed[group + 4] = (byte)(scale & 15 | minimum << 4);
        packed[group - 4] |= (byte)(scale >> 4 << 6);
        packed[group] |= (byte)(minimum >> 4 << 6);
    }

    /// <summary>
    /// Encodes 256 values as 8 groups of 32 with their own scale and minimum: the part that Q4_K and Q5_K share.
    /// </summary>
    /// <param name="x">The 256 values.</param>
    /// <param name="maxLevel">15 or 31.</param>
    /// <param name="search">How scales are searched.</param>
    /// <param name="packed">Receives the 12 bytes.</param>
    /// <param name="levels">Receives the 256 levels.</param>
    /// <returns>The units of the scales and of the minima.</returns>
    internal static (Half Scale, Half Minimum) Encode(
        ReadOnlySpan<float> x, int maxLevel, in AffineSearch search, Span<byte> packed, Span<byte> levels)
    {
        Span<float> scales = stackalloc float[8];
        Span<float> minima = stackalloc float[8];
        FitGroups(x, maxLevel, search, levels, scales, minima);
        var units = StoreMinima(scales, minima, packed);
        Requantize(x, units, maxLevel, packed, levels);
        return units;
    }

    /// <summary>Writes 8 scales and offsets, none of which is positive, as near as the format holds them.</summary>
    /// <returns>The units of the scales and of the minima.</returns>
    internal static (Half Scale, Half Minimum) Store(ReadOnlySpan<float> scales, ReadOnlySpan<float> offsets, Span<byte> packed)
    {
        Span<float> minima = stackalloc float[8];
        for (var group = 0; group < 8; group++)
        {
            minima[group] = -offsets[group];
        }

        return StoreMinima(scales, minima, packed);
    }

    /// <summary>All 8 scales and offsets.</summary>
    internal static void Read(ReadOnlySpan<byte> packed, float scaleUnit, float minimumUnit, Span<float> scales, Span<float> offsets)
    {
        for (var group = 0; group < 8; group++)
        {
            var (scale, minimum) = Read(packed, group);
            (scales[group], offsets[group]) = (scaleUnit * scale, -(minimumUnit * minimum));
        }
    }

    static (Half Scale, Half Minimum) StoreMinima(ReadOnlySpan<float> scales, ReadOnlySpan<float> minima, Span<byte> packed)
    {
        var (largestScale, largestMinimum) = (AffineFit.LargestPositive(scales), AffineFit.LargestPositive(minima));
        var inverseScale = largestScale > 0 ? 63 / largestScale : 0;
        var inverseMinimum = largestMinimum > 0 ? 63 / largestMinimum : 0;
        for (var group = 0; group < 8; group++)
        {
            Write(packed, group, Level(inverseScale * scales[group]), Level(inverseMinimum * minima[group]));
        }

        return ((Half)(largestScale / 63), (Half)(largestMinimum / 63));
    }

    static int Level(float scaled) => Math.Min(63, (int)(byte)Rounding.Nearest(scaled));

    static void FitGroups(
        ReadOnlySpan<float> x, int maxLevel, in AffineSearch search, Span<byte> levels, Span<float> scales, Span<float> minima)
    {
        Span<float> weights = stackalloc float[32];
        for (var group = 0; group < 8; group++)
        {
            var part = x.Slice(32 * group, 32);
            Weigh(part, weights);
            var fit = new AffineFit(part, weights, maxLevel);
            scales[group] = fit.Search(search, levels.Slice(32 * group, 32), out minima[group]);
        }
    }

    // An error weighs the root mean square of the group plus the value's magnitude.
    static void Weigh(ReadOnlySpan<float> x, Span<float> weights)
    {
        var squares = 0f;
        foreach (var value in x)
        {
            squares += value * value;
        }

        var rootMeanSquare = MathF.Sqrt(squares / 32);
        for (var j = 0; j < x.Length; j++)
        {
            weights[j] = rootMeanSquare + MathF.Abs(x[j]);
        }
    }

    static void Requantize(
        ReadOnlySpan<float> x, (Half Scale, Half Minimum) units, int maxLevel, ReadOnlySpan<byte> packed, Span<byte> levels)
    {
        for (var group = 0; group < 8; group++)
        {
            var (scale, minimum) = Read(packed, group);
            AffineFit.Requantize(
                x.Slice(32 * group, 32), (float)units.Scale * scale, (float)units.Minimum * minimum, maxLevel, levels.Slice(32 * group, 32));
        }
    }
}
