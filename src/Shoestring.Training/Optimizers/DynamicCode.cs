namespace Shoestring.Training;

/// <summary>
/// The 256 numbers of dynamic quantization (Dettmers et al., arXiv 2110.02861, §1.3 and §2.2; Dettmers, arXiv 1511.04561): leading zero
/// bits are a decimal exponent, and what follows is an even fraction of [0.1, 1), so that small numbers are as finely resolved as large
/// ones, over seven powers of ten. The unsigned code spends the sign's bit on the fraction.
/// </summary>
sealed class DynamicCode
{
    const int Exponents = 7;
    readonly float[] levels;
    readonly float[] borders;
    readonly int lowest;

    DynamicCode(IEnumerable<double> positive, bool signed)
    {
        levels = [.. positive.Concat(signed ? positive.Select(level => -level) : []).Append(0).Append(1).Order().Select(level => (float)level)];
        borders = [.. levels.Zip(levels.Skip(1), (low, high) => (float)((low + (double)high) / 2))];
        lowest = signed ? 0 : 1;
        Zero = (byte)Array.IndexOf(levels, 0f);
    }

    /// <summary>Numbers from −1 to 1.</summary>
    public static DynamicCode Signed { get; } = new(Levels(bits: 0), signed: true);

    /// <summary>Numbers from 0 to 1.</summary>
    public static DynamicCode Unsigned { get; } = new(Levels(bits: 1), signed: false);

    /// <summary>The code of zero.</summary>
    public byte Zero { get; }

    /// <summary>The numbers by their codes, rising.</summary>
    public ReadOnlySpan<float> Values => levels;

    /// <summary>
    /// The code of the nearest number; of an unsigned code, of the nearest that is not zero: Adam divides by the root of what is kept,
    /// and a second moment that is rounded to nothing while the first is not would make a step of any size.
    /// </summary>
    public byte Nearest(float value)
    {
        // 256 levels have 255 borders: eight halvings without a branch that could be guessed wrongly.
        int code = 0;
        for (int half = 128; half > 0; half >>= 1)
        {
            code += borders[code + half - 1] < value ? half : 0;
        }

        return (byte)Math.Max(code, lowest);
    }

    // With exponent −e, 2^(6−e) equal parts of [0.1, 1), each stood for by its middle.
    static IEnumerable<double> Levels(int bits) =>
        from exponent in Enumerable.Range(0, Exponents)
        let parts = 1 << (Exponents - 1 - exponent + bits)
        from part in Enumerable.Range(0, parts)
        select Math.Pow(10, -exponent) * (0.1 + (0.9 * (part + 0.5) / parts));
}
