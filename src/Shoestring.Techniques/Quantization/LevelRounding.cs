using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>What weights are rounded to.</summary>
/// <param name="Bits">Bits of evenly spaced levels, or null for the format that a matrix is written in.</param>
/// <param name="GroupSize">Columns that share a scale where bits are given.</param>
public sealed record LevelRounding(int? Bits, int GroupSize = 32)
{
    /// <summary>Rounds a row to nearest.</summary>
    /// <param name="row">The row, changed in place. <c>[column]</c></param>
    /// <param name="format">The format that its matrix is written in.</param>
    internal void Round(Span<float> row, TensorFormat format)
    {
        if (Bits is not { } bits)
        {
            Span<byte> bytes = new byte[format.RowBytes(row.Length)];
            format.Encode(row, bytes);
            format.Decode(bytes, row);
            return;
        }

        for (int first = 0; first < row.Length; first += GroupSize)
        {
            Span<float> group = row.Slice(first, Math.Min(GroupSize, row.Length - first));
            UniformLevels levels = UniformLevels.Fit(group, bits);
            foreach (ref float value in group)
            {
                value = (float)levels.Round(value);
            }
        }
    }
}

/// <summary>
/// 2ᵇ evenly spaced values between the smallest and the largest of a group, 0 among them: GPTQ's own quantizer (arXiv 2210.17323,
/// §4, "standard uniform per-row asymmetric quantization on the min-max grid").
/// </summary>
readonly record struct UniformLevels(double Scale, double Zero, double Largest)
{
    public static UniformLevels Fit<T>(ReadOnlySpan<T> values, int bits) where T : System.Numerics.INumber<T>
    {
        (double low, double high, double largest) = (0, 0, (1 << bits) - 1);
        foreach (T value in values)
        {
            double number = double.CreateTruncating(value);
            (low, high) = (Math.Min(low, number), Math.Max(high, number));
        }

        double scale = high > low ? (high - low) / largest : 1;
        return new UniformLevels(scale, Math.Round(-low / scale), largest);
    }

    public double Round(double value) => Scale * (Math.Clamp(Math.Round(value / Scale) + Zero, 0, Largest) - Zero);
}
