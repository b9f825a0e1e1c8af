using Shoestring.Metering;
using Shoestring.Techniques;

namespace Shoestring.Experiments;

/// <summary>
/// What is claimed of a technique for a resource, what was predicted of a candidate that it alone made, and what was measured: ratios
/// to the model as given, so that below 1 is saved and above 1 is spent.
/// </summary>
/// <param name="Technique">The technique's id.</param>
/// <param name="Candidate">The candidate's techniques.</param>
/// <param name="Resource">The resource.</param>
/// <param name="Claim">Whether the survey or the technique's paper says that it is saved.</param>
/// <param name="IsDirect">Whether by the technique itself.</param>
/// <param name="Metric">What the resource was measured in.</param>
/// <param name="Predicted">The predicted ratio.</param>
/// <param name="Here">The ratio here, with its interval.</param>
public sealed record ResourceOutcome(
    string Technique, IReadOnlyList<string> Candidate, Resource Resource, Effect Claim, bool IsDirect, string Metric, Figure Predicted, Figure Here)
{
    /// <summary>A change that is smaller than this says nothing: the machine's noise, and a file's header.</summary>
    public const double Resolution = 0.02;

    /// <summary>What the ratio here says, or null where there is none or its interval holds 1.</summary>
    public Effect? Found => Here is not { Value: { } value } ? null
        : (Here.High ?? value) < 1 - Resolution ? Effect.Saves
        : (Here.Low ?? value) > 1 + Resolution ? Effect.Costs
        : Math.Abs(value - 1) <= Resolution ? Effect.Neutral : null;

    /// <summary>The outcomes of each technique that a candidate was made by alone.</summary>
    public static IReadOnlyList<ResourceOutcome> Of(Candidate original, IReadOnlyList<Candidate> candidates)
    {
        int shared = SharedTechniques.Of([.. candidates.Select(one => one.Techniques)]);
        var found = new List<ResourceOutcome>();
        foreach (var group in candidates.Where(one => one.Techniques.Count == shared + 1 || one.Techniques.Count == 1).GroupBy(one => TechniqueCall.Parse(one.Techniques[^1]).Technique))
        {
            // Of several with other options, the one that was measured and keeps the most.
            Candidate best = group.OrderBy(one => one.Measured.DecodeTokensPerSecond.Value is null).ThenByDescending(one => one.Quality.Value ?? 0).First();
            found.AddRange(group.Key.Claims.Select(claim => Of(group.Key, claim, best, original)));
        }

        return found;
    }

    static ResourceOutcome Of(Technique technique, ResourceClaim claim, Candidate candidate, Candidate original)
    {
        CandidateMetric metric = CandidateMetric.Get(claim.Resource switch
        {
            Resource.Computation => "decodeTokensPerSecond",
            Resource.Memory => "peakResidentBytes",
            Resource.Energy => "joulesPerToken",
            Resource.Money => "dollarsPerMillionTokens",
            _ => "storedBytes",
        });
        return new ResourceOutcome(technique.Id, candidate.Techniques, claim.Resource, claim.Effect, claim.IsDirect, metric.Name,
            Predict(metric, candidate, original), Ratio(metric, metric.Read(candidate), metric.Read(original)));
    }

    static Figure Predict(CandidateMetric metric, Candidate candidate, Candidate original) =>
        metric.Read(candidate).Predicted is { } one && metric.Read(original).Predicted is { } other && one > 0 && other > 0
            ? Figure.Modelled(metric.LowerIsBetter ? one / other : other / one, Units.One, $"predicted {metric.Name} beside that of the model as given")
            : Figure.Unavailable(Units.One, $"{metric.Name} is not predicted");

    // Whatever is quoted as a rate is spent as its inverse: time for a token.
    static Figure Ratio(CandidateMetric metric, Figure one, Figure other)
    {
        if (one.Value is not > 0 || other.Value is not > 0)
        {
            return Figure.Unavailable(Units.One, one.Value is null ? one.How : other.How);
        }

        double Of(double value, double given) => metric.LowerIsBetter ? value / given : given / value;
        var ratio = Figure.Known(Of(one.Value.Value, other.Value.Value), Units.One, one.Source, $"{metric.Name} beside that of the model as given");

        // Modelled intervals are of coefficients, which both share; what was measured was disturbed for each by itself.
        return one.Source == FigureSource.Measured && one is { Low: { } low, High: { } high }
            ? ratio.Within(Math.Min(Of(low, other.Value.Value), Of(high, other.Value.Value)), Math.Max(Of(low, other.Value.Value), Of(high, other.Value.Value))) : ratio;
    }
}
