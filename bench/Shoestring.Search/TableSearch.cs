using Shoestring.Experiments;
using Shoestring.Metering;

/// <summary>A measurer that reads the measured space, so that many searches of it take no time, and counts what each would have scored.</summary>
sealed class TableSearch(SpaceTable table) : ICandidateMeasurer
{
    static readonly Receipt nothing = new() { Work = new Work("optimize") };
    readonly Dictionary<string, SpacePoint> points = table.Points.ToDictionary(point => point.Techniques);

    /// <summary>Chunks that were scored, those of the original not counted: every search scores it whole.</summary>
    public long Scored { get; private set; }

    public int Chunks => table.Points[0].Losses.Length;

    // Rates were not measured for the table; that fewer bytes are no slower is all that a search is told of them.
    public CandidateForecast Predict(CandidatePlan plan) =>
        new(new CandidateFigures { StoredBytes = Figure.Counted(Of(plan).Bytes, Units.Bytes, "table") }, nothing);

    public ScoreMeasurement Score(CandidatePlan plan, IReadOnlyList<int> chunks, CancellationToken cancellation)
    {
        Scored += plan.Techniques.Count == 0 ? 0 : chunks.Count;
        int tokens = table.Context - 1 - (table.Context / 2);
        return new ScoreMeasurement
        {
            StoredBytes = Of(plan).Bytes,
            Score = new TextScore([.. chunks.Select(chunk => new ScoredBlock(tokens, tokens * Of(plan).Losses[chunk]))]),
            Receipt = nothing,
        };
    }

    public IReadOnlyList<CandidateMeasurement> Finish(IReadOnlyList<CandidatePlan> plans, Action<int, int> progress, CancellationToken cancellation) =>
        [.. plans.Select(plan => new CandidateMeasurement { Figures = Predict(plan).Figures, Receipt = nothing })];

    public void Discard(CandidatePlan plan)
    {
        // Nothing was made.
    }

    SpacePoint Of(CandidatePlan plan) => points[string.Join(' ', plan.Techniques)];
}
