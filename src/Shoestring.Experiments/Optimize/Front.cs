namespace Shoestring.Experiments;

/// <summary>Who is on the front of a search.</summary>
static class Front
{
    // What every search trades; a budget names further axes.
    static readonly CandidateMetric[] always = [CandidateMetric.Get("storedBytes"), CandidateMetric.Get("decodeTokensPerSecond"), CandidateMetric.Get("quality")];

    /// <summary>
    /// The candidates with their mark, and the axes that decided: stored bytes, decode rate, quality and what the budget bounds. An
    /// axis on which nobody has a value is left out.
    /// </summary>
    public static (IReadOnlyList<Candidate> Candidates, IReadOnlyList<string> Axes) Mark(IReadOnlyList<Candidate> candidates, Budget budget)
    {
        CandidateMetric[] axes = [.. AxesOf(budget).Where(metric => candidates.Any(one => metric.Read(one).Value is not null))];
        bool[] front = ParetoFront.Of(candidates, [.. axes.Select(Axis)]);
        return ([.. candidates.Select((one, i) => one with { OnFront = front[i] })], [.. axes.Select(axis => axis.Name)]);
    }

    /// <summary>What a search with that budget trades.</summary>
    public static IEnumerable<CandidateMetric> AxesOf(Budget budget) => always.Concat(budget.Bounds.Select(bound => bound.Metric)).Distinct();

    internal static ParetoAxis<Candidate> Axis(CandidateMetric metric) => new(one => one.Stopped is null ? metric.Read(one).Value : null, metric.LowerIsBetter);
}
