using Shoestring.Metering;

namespace Shoestring.Experiments;

/// <summary>
/// What a search knows of one candidate, before it ran (predicted) or after (measured). What nobody stated is unavailable,
/// never 0. An interval on a measured rate is the smallest and largest of its repeats; on quality and perplexity it is the
/// 95 % interval of <see cref="PairedQuality"/>.
/// </summary>
public sealed record CandidateFigures
{
    /// <summary>The unit of <see cref="JoulesPerToken"/>.</summary>
    public const string JoulesPerTokenUnit = "J/token";

    /// <summary>The model on disk, in bytes.</summary>
    public Figure StoredBytes { get; init; } = None(Units.Bytes);

    /// <summary>The most physical memory held while it ran, in bytes.</summary>
    public Figure PeakResidentBytes { get; init; } = None(Units.Bytes);

    /// <summary>Prompt tokens a second.</summary>
    public Figure PrefillTokensPerSecond { get; init; } = None(Units.TokensPerSecond);

    /// <summary>Generated tokens a second, one sequence.</summary>
    public Figure DecodeTokensPerSecond { get; init; } = None(Units.TokensPerSecond);

    /// <summary>Joules for a generated token.</summary>
    public Figure JoulesPerToken { get; init; } = None(JoulesPerTokenUnit);

    /// <summary>Dollars for a million generated tokens.</summary>
    public Figure DollarsPerMillionTokens { get; init; } = None(Units.DollarsPerMillionTokens);

    /// <summary>Perplexity on the held-out text.</summary>
    public Figure Perplexity { get; init; } = None(Units.One);

    /// <summary>100·exp(NLL of the original − NLL of the candidate), in per cent.</summary>
    public Figure Quality { get; init; } = None(Units.Percent);

    /// <summary>Share of positions at which the likeliest token is the original's.</summary>
    public Figure TopOneAgreement { get; init; } = None(Units.One);

    /// <summary>Mean Kullback-Leibler divergence from the original, in nats a token.</summary>
    public Figure MeanKullbackLeibler { get; init; } = None(Units.One);

    /// <summary>1 − √JSD between the candidate's distribution and the original's, averaged over positions.</summary>
    public Figure ProbabilityLoyalty { get; init; } = None(Units.One);

    /// <summary>These figures, each with the value that <paramref name="expected"/> has for it as its prediction.</summary>
    public CandidateFigures WithPredictions(CandidateFigures expected) => new()
    {
        StoredBytes = StoredBytes.WithPrediction(expected.StoredBytes.Value),
        PeakResidentBytes = PeakResidentBytes.WithPrediction(expected.PeakResidentBytes.Value),
        PrefillTokensPerSecond = PrefillTokensPerSecond.WithPrediction(expected.PrefillTokensPerSecond.Value),
        DecodeTokensPerSecond = DecodeTokensPerSecond.WithPrediction(expected.DecodeTokensPerSecond.Value),
        JoulesPerToken = JoulesPerToken.WithPrediction(expected.JoulesPerToken.Value),
        DollarsPerMillionTokens = DollarsPerMillionTokens.WithPrediction(expected.DollarsPerMillionTokens.Value),
        Perplexity = Perplexity.WithPrediction(expected.Perplexity.Value),
        Quality = Quality.WithPrediction(expected.Quality.Value),
        TopOneAgreement = TopOneAgreement.WithPrediction(expected.TopOneAgreement.Value),
        MeanKullbackLeibler = MeanKullbackLeibler.WithPrediction(expected.MeanKullbackLeibler.Value),
        ProbabilityLoyalty = ProbabilityLoyalty.WithPrediction(expected.ProbabilityLoyalty.Value),
    };

    /// <summary>Figures none of which is known.</summary>
    /// <param name="why">The reason.</param>
    public static CandidateFigures Unavailable(string why)
    {
        var none = new CandidateFigures();
        return new CandidateFigures
        {
            StoredBytes = Without(none.StoredBytes),
            PeakResidentBytes = Without(none.PeakResidentBytes),
            PrefillTokensPerSecond = Without(none.PrefillTokensPerSecond),
            DecodeTokensPerSecond = Without(none.DecodeTokensPerSecond),
            JoulesPerToken = Without(none.JoulesPerToken),
            DollarsPerMillionTokens = Without(none.DollarsPerMillionTokens),
            Perplexity = Without(none.Perplexity),
            Quality = Without(none.Quality),
            TopOneAgreement = Without(none.TopOneAgreement),
            MeanKullbackLeibler = Without(none.MeanKullbackLeibler),
            ProbabilityLoyalty = Without(none.ProbabilityLoyalty),
        };

        Figure Without(Figure figure) => Figure.Unavailable(figure.Unit, why);
    }

    static Figure None(string unit) => Figure.Unavailable(unit, "not stated by this search");
}
