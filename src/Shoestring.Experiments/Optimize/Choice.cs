using System.Text.Json.Serialization;
using Shoestring.Metering;

namespace Shoestring.Experiments;

/// <summary>Which candidate was chosen and why, or why none was.</summary>
public sealed record Choice
{
    /// <summary>Whether some candidate meets the budget; the command's exit code is 1 when none does.</summary>
    public required bool Met { get; init; }

    /// <summary>The metric that decides among candidates which meet the budget.</summary>
    public required string Objective { get; init; }

    /// <summary>One or two sentences for people.</summary>
    public required string Reason { get; init; }

    /// <summary>The techniques of the candidate that comes nearest, when none meets the budget.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? NearestMiss { get; init; }

    /// <summary>
    /// Chooses. With a floor under quality, the candidate that spends least of the first resource that the budget bounds, or of
    /// stored bytes when it bounds none; without one, the candidate of the highest quality. Ties go to the other of the two,
    /// then to the earlier candidate.
    /// </summary>
    /// <param name="budget">The budget.</param>
    /// <param name="candidates">The baseline, then the others.</param>
    public static (Candidate? Chosen, Choice Choice) Make(Budget budget, IReadOnlyList<Candidate> candidates)
    {
        CandidateMetric objective = Decides(budget);
        Candidate[] meeting = [.. candidates.Where(one => budget.Check(one).All(check => check.Met))];
        if (meeting.Length == 0)
        {
            return (null, Miss(budget, objective, candidates));
        }

        CandidateMetric second = CandidateMetric.Get(objective.IsQuality ? "storedBytes" : "quality");
        Candidate best = meeting.OrderBy(one => Rank(objective, one)).ThenBy(one => Rank(second, one)).First();
        return (best, new Choice { Met = true, Objective = objective.Name, Reason = Why(budget, objective, best, meeting.Length, candidates.Count) });
    }

    internal static CandidateMetric Decides(Budget budget) => budget.HasQualityFloor
        ? budget.Bounds.FirstOrDefault(bound => !bound.Metric.IsQuality && bound.IsCeiling == bound.Metric.LowerIsBetter)?.Metric
            ?? CandidateMetric.Get("storedBytes")
        : CandidateMetric.Get("quality");

    static double Rank(CandidateMetric metric, Candidate candidate) =>
        metric.Read(candidate).Value is { } value ? (metric.LowerIsBetter ? value : -value) : double.PositiveInfinity;

    static string Why(Budget budget, CandidateMetric objective, Candidate best, int meeting, int all)
    {
        string extreme = objective.LowerIsBetter ? "lowest" : "highest";
        string value = ReportNumber.Format(objective, objective.Read(best));
        string checks = string.Join("; ", budget.Check(best));
        return $"{meeting} of {all} candidates meet the budget; {best.Label} has the {extreme} {objective.Name} among them ({value}). {Capital(checks)}.";
    }

    static Choice Miss(Budget budget, CandidateMetric objective, IReadOnlyList<Candidate> candidates)
    {
        Candidate? nearest = candidates.OrderBy(one => budget.Check(one).Sum(check => check.Miss)).FirstOrDefault();
        string missed = nearest is null ? "nothing was measured"
            : $"{nearest.Label} comes nearest: {string.Join("; ", budget.Check(nearest).Where(check => !check.Met))}";
        return new Choice
        {
            Met = false,
            Objective = objective.Name,
            Reason = $"None of {candidates.Count} candidates meets the budget ({budget}); {missed}.",
            NearestMiss = nearest?.Techniques,
        };
    }

    static string Capital(string text) => text.Length == 0 ? "There was nothing to meet" : char.ToUpperInvariant(text[0]) + text[1..];
}
