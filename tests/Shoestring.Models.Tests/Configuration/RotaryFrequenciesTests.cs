namespace Shoestring.Models.Tests;

/// <summary>Rotary frequencies against the published formulas, written here by wavelength rather than by turns.</summary>
public class RotaryFrequenciesTests
{
    const int Channels = 64;

    [Fact]
    public void Plain_frequencies_are_powers_of_the_base()
    {
        double[] frequencies = RotaryFrequencies.Plain(10_000, Channels);
        frequencies.Length.ShouldBe(32);
        for (int i = 0; i < 32; i++)
        {
            frequencies[i].ShouldBe(Math.Exp(-i / 32.0 * Math.Log(10_000)), 1e-12);
        }
    }

    [Fact]
    public void Linear_scaling_divides_every_frequency()
    {
        double[] plain = RotaryFrequencies.Plain(10_000, Channels);
        RotaryFrequencies.Linear(plain, 4).ShouldBe([.. plain.Select(f => f / 4)]);
        RotaryFrequencies.Divided([1, 0.5], [2, 8]).ShouldBe([0.5, 0.0625]);
    }

    // transformers' _compute_llama3_parameters: by wavelength against original / high and original / low.
    [Theory]
    [InlineData(8, 1, 4, 8192, 500_000)]
    [InlineData(32, 1, 4, 8192, 500_000)]
    [InlineData(8, 1, 4, 64, 10_000)]
    public void Llama_3_keeps_short_waves_stretches_long_ones_and_blends_between(double factor, double low, double high, double original, double theta)
    {
        double[] plain = RotaryFrequencies.Plain(theta, Channels), scaled = RotaryFrequencies.Llama3(plain, factor, low, high, original);
        int kept = 0, stretched = 0;
        for (int i = 0; i < plain.Length; i++)
        {
            double wavelength = 2 * Math.PI / plain[i], smooth = (original / wavelength - low) / (high - low);
            double expected = wavelength < original / high ? plain[i] : wavelength > original / low ? plain[i] / factor : (1 - smooth) * plain[i] / factor + smooth * plain[i];
            scaled[i].ShouldBe(expected, 1e-12 * expected);
            kept += scaled[i] == plain[i] ? 1 : 0;
            stretched += Math.Abs(scaled[i] * factor / plain[i] - 1) < 1e-12 ? 1 : 0;
        }
        kept.ShouldBeGreaterThan(0);
        stretched.ShouldBeGreaterThan(0);
    }

    // YaRN, arXiv 2309.00071: the pair whose wave turns b times in L positions has index d · ln(L / 2πb) / 2 ln θ.
    [Theory]
    [InlineData(4, 2048)]
    [InlineData(16, 4096)]
    public void Yarn_ramps_from_kept_to_divided(double factor, double original)
    {
        const double theta = 10_000;
        double[] plain = RotaryFrequencies.Plain(theta, Channels), scaled = RotaryFrequencies.Yarn(plain, theta, Channels, factor, original);
        double first = Math.Floor(Channels * Math.Log(original / (32 * 2 * Math.PI)) / (2 * Math.Log(theta)));
        double last = Math.Ceiling(Channels * Math.Log(original / (2 * Math.PI)) / (2 * Math.Log(theta)));
        first.ShouldBeInRange(1, last - 2);
        for (int i = 0; i < plain.Length; i++)
        {
            double divided = i <= first ? 0 : i >= last ? 1 : (i - first) / (last - first);
            scaled[i].ShouldBe(plain[i] * (1 - divided) + plain[i] / factor * divided, 1e-12);
        }
        RotaryFrequencies.YarnMagnitude(factor).ShouldBe((float)(1 + 0.1 * Math.Log(factor)), 1e-6f);
        RotaryFrequencies.YarnMagnitude(1).ShouldBe(1);
    }
}
