namespace Shoestring.Models;

/// <summary>The frequencies of rotary embedding and their stretchings for longer contexts.</summary>
public static class RotaryFrequencies
{
    /// <summary>θᵢ = base^(−2i/n) for i &lt; n/2 (RoFormer, arXiv 2104.09864, eq. 15).</summary>
    public static double[] Plain(double theta, int channels)
    {
        double[] frequencies = new double[channels / 2];
        for (int i = 0; i < frequencies.Length; i++)
        {
            frequencies[i] = Math.Pow(theta, -2.0 * i / channels);
        }
        return frequencies;
    }

    /// <summary>Position interpolation: all frequencies divided by the factor (Chen et al., arXiv 2306.15595).</summary>
    public static double[] Linear(double[] frequencies, double factor) => [.. frequencies.Select(f => f / factor)];

    /// <summary>Each frequency divided by a factor of its own, as GGUF's rope_freqs tensor has them.</summary>
    public static double[] Divided(double[] frequencies, ReadOnlySpan<float> factors)
    {
        double[] result = new double[frequencies.Length];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = frequencies[i] / factors[i];
        }
        return result;
    }

    /// <summary>
    /// Llama 3's scaling: long wavelengths are divided by the factor, short ones stay, those between are blended (the
    /// <c>llama3</c> rope type of Hugging Face configurations).
    /// </summary>
    public static double[] Llama3(double[] frequencies, double factor, double lowFactor, double highFactor, double originalContext)
    {
        return [.. frequencies.Select(Scale)];

        double Scale(double frequency)
        {
            double turns = originalContext * frequency / (2 * Math.PI);
            double keep = Math.Clamp((turns - lowFactor) / (highFactor - lowFactor), 0, 1);
            return frequency * (keep + (1 - keep) / factor);
        }
    }

    /// <summary>
    /// YaRN (Peng et al., arXiv 2309.00071, §3.2): pairs that turn more than <paramref name="betaFast"/> times within the
    /// original context keep their frequency, those below <paramref name="betaSlow"/> turns are divided by the factor, and a
    /// linear ramp over the pair's index lies between.
    /// </summary>
    public static double[] Yarn(double[] frequencies, double theta, int channels, double factor, double originalContext, double betaFast = 32, double betaSlow = 1)
    {
        double low = Math.Max(0, Math.Floor(PairAt(betaFast))), high = Math.Min(channels - 1, Math.Ceiling(PairAt(betaSlow)));
        return [.. frequencies.Select((f, i) => Blend(f, 1 - Math.Clamp((i - low) / Math.Max(0.001, high - low), 0, 1)))];

        double PairAt(double turns) => channels * Math.Log(originalContext / (turns * 2 * Math.PI)) / (2 * Math.Log(theta));
        double Blend(double frequency, double keep) => frequency * keep + frequency / factor * (1 - keep);
    }

    /// <summary>YaRN's temperature, 0.1 ln s + 1 (§3.4, eq. 22), as a factor of cosine and sine.</summary>
    public static float YarnMagnitude(double factor) => factor <= 1 ? 1 : (float)(0.1 * Math.Log(factor) + 1);
}
