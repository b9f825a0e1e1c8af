using Shoestring.Metering;

namespace Shoestring.Experiments;

/// <summary>Who may yet be the one that the budget chooses, by what is predicted and what was scored so far.</summary>
/// <param name="budget">The budget.</param>
/// <param name="original">What the original scored.</param>
/// <param name="contenders">Those who may be chosen.</param>
sealed class Prospects(Budget budget, TextScore original, IReadOnlyList<Contender> contenders)
{
    readonly CandidateMetric objective = Choice.Decides(budget);
    readonly Dictionary<Contender, (bool MayMeet, bool Meets)> judged = contenders.ToDictionary(one => one, one => Judge(one, budget, original));

    /// <summary>Whether no bound is surely missed.</summary>
    public bool MayMeet(Contender one) => judged[one].MayMeet;

    /// <summary>Whether it surely meets every bound that is known of, and nobody cheaper does: the one to take if no more is learnt.</summary>
    public bool IsSafest(Contender one) => judged[one].Meets && !contenders.Any(other => other.Plan.Techniques.Count > 0 && judged[other].Meets && Rank(other) < Rank(one));

    /// <summary>What the budget decides on among those that meet it, less being better.</summary>
    public double Rank(Contender one) => objective.IsQuality
        ? (objective.LowerIsBetter ? 1 : -1) * (objective.Read(CandidateRow.Of(one, original)).Value ?? double.NegativeInfinity)
        : one.Cost(objective) ?? double.PositiveInfinity;

    /// <summary>
    /// Whether only more of the text can say if it is the one: there is a floor under quality that it neither surely reaches nor surely
    /// misses, or surely reaches, and nobody cheaper surely does. Whoever is likeliest to be on the front does not matter for that.
    /// </summary>
    public bool IsOpen(Contender one) => budget.HasQualityFloor && MayMeet(one) && !contenders.Any(other => judged[other].Meets && Rank(other) < Rank(one));

    static (bool MayMeet, bool Meets) Judge(Contender one, Budget budget, TextScore original)
    {
        Candidate row = CandidateRow.Of(one, original), hopeful = row with
        {
            Measured = row.Measured with { Quality = Figure.Measured(row.Quality.High ?? 0, Units.Percent, "the upper end of its interval") },
        };
        return (budget.Check(hopeful).All(check => check.Met || check.Figure.Value is null), budget.Check(row).All(check => check.Met || (check.Figure.Value is null && !check.Bound.Metric.IsQuality)));
    }
}
