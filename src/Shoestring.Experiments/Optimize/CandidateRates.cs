using Shoestring.Metering;
using Shoestring.Models;

namespace Shoestring.Experiments;

/// <summary>A candidate's figures from what was measured and counted of it.</summary>
sealed class CandidateRates(MeterOptions meter, BenchResult rates, Cost counted)
{
    /// <summary>The figures, without perplexity and quality.</summary>
    public CandidateFigures Figures(long storedBytes, Figure peak, ComparisonResult? loyalty)
    {
        Figure joules = JoulesPerToken();
        return new CandidateFigures
        {
            StoredBytes = Figure.Counted(storedBytes, Units.Bytes, "bytes of the file"),
            PeakResidentBytes = peak,
            PrefillTokensPerSecond = Rate(rates.Prefill, "prompt tokens"),
            DecodeTokensPerSecond = Rate(rates.Decode, "generated tokens"),
            JoulesPerToken = joules,
            DollarsPerMillionTokens = DollarsPerMillionTokens(joules),
            TopOneAgreement = Of(loyalty, loyalty?.TopOneAgreement ?? 1),
            MeanKullbackLeibler = Of(loyalty, loyalty?.MeanKullbackLeibler ?? 0),
            ProbabilityLoyalty = Of(loyalty, loyalty?.ProbabilityLoyalty ?? 1),
        };
    }

    double SecondsPerToken => 1 / rates.Decode.Median;

    static Figure Rate(RateSamples samples, string what) => Figure
        .Measured(samples.Median, Units.TokensPerSecond, $"{what} a second, median of {samples.Samples.Count} rounds; the interval is the slowest and the fastest")
        .Within(samples.Minimum, samples.Maximum);

    // All threads are busy while a token is generated.
    Figure JoulesPerToken()
    {
        bool fits = counted.TrackedBytes is { } bytes && bytes <= meter.LastLevelCacheBytes;
        var inputs = new EnergyInputs(
            SecondsPerToken, SecondsPerToken * meter.Threads, meter.Threads, rates.DecodeOperationsPerToken, rates.DecodeBytesPerToken, fits);
        Figure joules = EnergyModel.Estimate(inputs, meter.Coefficients).ToFigure();
        return Figure.Modelled(joules.Value!.Value, CandidateFigures.JoulesPerTokenUnit, $"of one generated token: {joules.How}", joules.Low!.Value, joules.High!.Value);
    }

    Figure DollarsPerMillionTokens(Figure joules)
    {
        Prices prices = meter.Prices;
        double hardware = meter.Threads * SecondsPerToken / 3600 * prices.HardwareDollarsPerCoreHour;
        double perJoule = prices.ElectricityDollarsPerKilowattHour / EnergySection.JoulesPerKilowattHour;
        double Dollars(double each) => 1e6 * (hardware + (each * perJoule));
        return Figure.Modelled(Dollars(joules.Value!.Value), Units.DollarsPerMillionTokens,
            $"10⁶ × ({meter.Threads} cores × {SecondsPerToken:G4} s × ${prices.HardwareDollarsPerCoreHour:G4}/core-hour + {joules.Value:G4} J × ${prices.ElectricityDollarsPerKilowattHour:G4}/kWh)")
            .Within(joules, Dollars);
    }

    static Figure Of(ComparisonResult? loyalty, double value) => Figure.Counted(value, Units.One,
        loyalty is null ? "the original is what candidates are held against" : $"against the original, over {loyalty.Tokens} positions");
}
