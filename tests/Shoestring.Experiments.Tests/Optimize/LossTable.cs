using Shoestring.Metering;
using Work = Shoestring.Metering.Work;

namespace Shoestring.Experiments.Tests;

/// <summary>A measurer of candidates that lose the same everywhere: bytes and nats a token above the original, by label.</summary>
sealed class LossTable(Dictionary<string, (double Bytes, double Loss)> table) : ICandidateMeasurer
{
    static readonly Receipt nothing = new() { Work = new Work("measure") };

    public int Chunks => 20;

    public CandidateForecast Predict(CandidatePlan plan) =>
        new(new CandidateFigures { StoredBytes = Figure.Counted(table[plan.Label].Bytes, Units.Bytes, "table") }, nothing);

    public ScoreMeasurement Score(CandidatePlan plan, IReadOnlyList<int> chunks, CancellationToken cancellation) => new()
    {
        StoredBytes = (long)table[plan.Label].Bytes,
        Score = new TextScore([.. chunks.Select(chunk => new ScoredBlock(100, 100 * (2 + (0.1 * (chunk % 3)) + table[plan.Label].Loss)))]),
        Receipt = nothing,
    };

    public IReadOnlyList<CandidateMeasurement> Finish(IReadOnlyList<CandidatePlan> plans, Action<int, int> progress, CancellationToken cancellation) =>
        [.. plans.Select(plan => new CandidateMeasurement { Figures = new CandidateFigures { StoredBytes = Figure.Counted(table[plan.Label].Bytes, Units.Bytes, "table") }, Receipt = nothing })];

    public void Discard(CandidatePlan plan)
    {
        // Nothing was made.
    }
}
