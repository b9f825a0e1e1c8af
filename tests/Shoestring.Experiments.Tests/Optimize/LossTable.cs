using Shoestring.Metering;
using Work = Shoestring.Metering.Work;

namespace Shoestring.Experiments.Tests;

/// <summary>A measurer of candidates that lose the same everywhere: bytes and nats a token above the original, by label.</summary>
sealed class LossTable(Dictionary<string, (double Bytes, double Loss)> table) : ICandidateMeasurer
{
    static readonly Receipt nothing = new() { Work = new Work("measure") };

    public int Chunks => 32;

    /// <summary>By how much, in nats, a candidate's chunks differ from what its loss says.</summary>
    public double Ripple { get; init; }

    /// <summary>Whose rates were asked for.</summary>
    public List<string> Finished { get; } = [];

    public CandidateForecast Predict(CandidatePlan plan) =>
        new(new CandidateFigures { StoredBytes = Figure.Counted(table[plan.Label].Bytes, Units.Bytes, "table") }, nothing);

    public ScoreMeasurement Score(CandidatePlan plan, IReadOnlyList<int> chunks, CancellationToken cancellation) => new()
    {
        StoredBytes = (long)table[plan.Label].Bytes,
        Score = new TextScore([.. chunks.Select(chunk => new ScoredBlock(100, 100 * (2 + (0.1 * (chunk % 3)) + table[plan.Label].Loss + (Ripple * Math.Sin((7 * chunk) + plan.Label.Length + (100 * table[plan.Label].Loss))))))]),
        Receipt = nothing,
    };

    public IReadOnlyList<CandidateMeasurement> Finish(IReadOnlyList<CandidatePlan> plans, Action<int, int> progress, CancellationToken cancellation)
    {
        Finished.AddRange(plans.Select(plan => plan.Label));
        return [.. plans.Select(plan => new CandidateMeasurement { Figures = new CandidateFigures { StoredBytes = Figure.Counted(table[plan.Label].Bytes, Units.Bytes, "table") }, Receipt = nothing })];
    }

    public void Discard(CandidatePlan plan)
    {
        // Nothing was made.
    }
}
