namespace Shoestring.Tensors;

/// <summary>
/// Conversions from float to integer as the encoders need them: one definition on every machine, where C leaves values
/// out of range undefined and .NET saturates. They keep blocks equal, bit for bit, to those that ggml writes on x86.
/// </summary>
static class Rounding
{
    const float NearestShift = 12582912f; // 1.5 * 2^23: adding it leaves the nearest integer in the low mantissa bits

    /// <summary>Towards zero; NaN and what does not fit in 32 bits give <see cref="int.MinValue"/>, as <c>cvttss2si</c> does.</summary>
    internal static int Truncate(float value) => MathF.Abs(value) < 2147483648f ? (int)value : int.MinValue;

    /// <summary>Nearest, ties to even; right for magnitudes below 2^22 and arbitrary but defined beyond.</summary>
    internal static int Nearest(float value) =>
        (BitConverter.SingleToInt32Bits(value + NearestShift) & 0x7FFFFF) - 0x400000;

    /// <summary>Nearest, ties away from zero, for magnitudes below 2^22: adds the largest float below one half.</summary>
    internal static int NearestTiesAway(float value) => Truncate(value + MathF.CopySign(0.49999997f, value));
}
