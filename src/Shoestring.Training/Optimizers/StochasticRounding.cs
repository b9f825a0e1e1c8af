using Shoestring.Models;

namespace Shoestring.Training;

/// <summary>Where the random numbers of a rounding start.</summary>
/// <param name="Seed">The run's seed.</param>
/// <param name="Request">What is rounded at which step: different numbers have different draws.</param>
public readonly record struct RoundingSeed(ulong Seed, ulong Request)
{
    /// <summary>The seed of one buffer of one parameter at one step.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="parameter">The parameter's number.</param>
    /// <param name="slot">Which of its buffers.</param>
    /// <param name="step">The step.</param>
    public static RoundingSeed Of(ulong seed, int parameter, int slot, long step) =>
        new(seed, ((ulong)(uint)parameter << 44) | ((ulong)(uint)slot << 40) | (ulong)step);
}

/// <summary>
/// Rounds 32-bit floats to the 16-bit floats below or above, each with the probability that makes the expected value exact
/// (Gupta et al., arXiv 1502.02551, §3.1), so that updates smaller than half a unit still add up. Draws are counter-based: a
/// number's rounding depends on the seed and its place alone.
/// </summary>
public static class StochasticRounding
{
    const double Range = 65536;

    /// <summary>Rounds; infinities stay, and a NaN stays one.</summary>
    /// <param name="values">What to round.</param>
    /// <param name="bits">The upper halves. As many.</param>
    /// <param name="seed">Where the random numbers start.</param>
    /// <param name="first">The place of the first number.</param>
    public static void ToBFloat16(ReadOnlySpan<float> values, Span<ushort> bits, RoundingSeed seed, long first)
    {
        for (int i = 0; i < values.Length; i++)
        {
            uint word = BitConverter.SingleToUInt32Bits(values[i]);
            uint low = word & 0xFFFF;
            // Most numbers of a fresh state are exactly representable and need no draw.
            bits[i] = low == 0 ? (ushort)(word >> 16)
                : !float.IsFinite(values[i]) ? (ushort)((word >> 16) | (float.IsNaN(values[i]) ? 64u : 0))
                : (ushort)((word + Draw(seed, first + i)) >> 16);
        }
    }

    static uint Draw(RoundingSeed seed, long place) => (uint)(CounterRandom.Uniform(seed.Seed, seed.Request, (ulong)place) * Range);
}
