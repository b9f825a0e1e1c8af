using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>How rotary frequencies are stretched for contexts longer than the model was first trained for.</summary>
public enum RotaryScaling
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>All by the same factor.</summary>
    Linear,

    /// <summary>By wavelength, as Llama 3.1 does.</summary>
    Llama3,

    /// <summary>By turns within the original context, with a temperature.</summary>
    Yarn,
}

/// <summary>What a configuration says of rotary positions, from which the frequencies follow.</summary>
/// <param name="Theta">The base of the frequencies.</param>
/// <param name="Channels">Channels of a head that turn.</param>
public sealed record RotarySettings(double Theta, int Channels)
{
    /// <summary>The kind of stretching.</summary>
    public RotaryScaling Scaling { get; init; }

    /// <summary>How many times longer contexts become.</summary>
    public double Factor { get; init; } = 1;

    /// <summary>Positions that the model was trained for before it was stretched.</summary>
    public int OriginalContext { get; init; }

    /// <summary>Turns within the original context below which a frequency is divided by the whole factor (Llama 3).</summary>
    public double LowFactor { get; init; } = 1;

    /// <summary>Turns above which it stays (Llama 3).</summary>
    public double HighFactor { get; init; } = 4;

    /// <summary>Turns above which a frequency stays (YaRN).</summary>
    public double BetaFast { get; init; } = 32;

    /// <summary>Turns below which it is divided by the whole factor (YaRN).</summary>
    public double BetaSlow { get; init; } = 1;

    /// <summary>The embedding that these settings describe.</summary>
    public Rotary Build(RotaryLayout layout)
    {
        double[] plain = RotaryFrequencies.Plain(Theta, Channels);
        double[] frequencies = Scaling switch
        {
            RotaryScaling.Linear => RotaryFrequencies.Linear(plain, Factor),
            RotaryScaling.Llama3 => RotaryFrequencies.Llama3(plain, Factor, LowFactor, HighFactor, OriginalContext),
            RotaryScaling.Yarn => RotaryFrequencies.Yarn(plain, Theta, Channels, Factor, OriginalContext, BetaFast, BetaSlow),
            _ => plain,
        };
        return new Rotary(layout, frequencies, Scaling == RotaryScaling.Yarn ? RotaryFrequencies.YarnMagnitude(Factor) : 1) { Settings = this };
    }
}
