namespace Shoestring.Tensors;

/// <summary>What encoders ask of a block's values first.</summary>
static class BlockRange
{
    /// <summary>The value, with its sign, whose magnitude is largest; the first of equals; 0 when all are 0 or NaN.</summary>
    internal static float LargestMagnitude(ReadOnlySpan<float> x)
    {
        var magnitude = 0f;
        var largest = 0f;
        foreach (var value in x)
        {
            if (MathF.Abs(value) > magnitude)
            {
                magnitude = MathF.Abs(value);
                largest = value;
            }
        }

        return largest;
    }

    /// <summary>The smallest and the largest value; the first of equals, so that the sign of a zero is kept.</summary>
    internal static (float Minimum, float Maximum) MinimumAndMaximum(ReadOnlySpan<float> x)
    {
        var (minimum, maximum) = (float.MaxValue, -float.MaxValue);
        foreach (var value in x)
        {
            minimum = value < minimum ? value : minimum;
            maximum = value > maximum ? value : maximum;
        }

        return (minimum, maximum);
    }

    /// <summary>1 / <paramref name="scale"/>, and 0 for a scale of 0.</summary>
    internal static float Inverse(float scale) => scale == 0 ? 0 : 1 / scale;
}
