using Shoestring.Metering;

namespace Shoestring.Experiments;

/// <summary>A candidate during a search: what is known of it so far.</summary>
/// <param name="plan">The candidate.</param>
/// <param name="forecast">What it is expected to come to.</param>
sealed class Contender(CandidatePlan plan, CandidateForecast forecast)
{
    readonly List<ScoredBlock> blocks = [];

    public CandidatePlan Plan => plan;

    public CandidateForecast Forecast => forecast;

    /// <summary>Chunks that it was scored on.</summary>
    public int Chunks { get; private set; }

    /// <summary>What was scored, in the search's order of chunks.</summary>
    public TextScore Score => new(blocks);

    /// <summary>The receipt of the latest piece of its measuring.</summary>
    public Receipt? Receipt { get; private set; }

    /// <summary>When the latest piece was measured.</summary>
    public DateTimeOffset MeasuredAt { get; private set; }

    /// <summary>Whether all of it was measured by earlier searches.</summary>
    public bool IsReused { get; private set; } = true;

    /// <summary>Bytes of its file.</summary>
    public long StoredBytes { get; private set; }

    /// <summary>Why it was given up, or null.</summary>
    public string? Stopped { get; set; }

    /// <summary>Rates and memory, once they are measured.</summary>
    public CandidateMeasurement? Final { get; private set; }

    public void Add(ScoreMeasurement part, int chunks, DateTimeOffset at, bool reused)
    {
        blocks.AddRange(part.Score.Blocks);
        Chunks += chunks;
        (StoredBytes, Receipt, MeasuredAt) = (part.StoredBytes, part.Receipt, at);
        IsReused &= reused;
    }

    public void Finish(CandidateMeasurement final, DateTimeOffset at, bool reused)
    {
        (Final, Receipt, MeasuredAt) = (final, final.Receipt, at);
        IsReused &= reused;
    }

    /// <summary>What it costs on an axis, less being better: as predicted, but for its bytes, which are known once it is made. Null when nobody knows.</summary>
    public double? Cost(CandidateMetric metric)
    {
        var known = new Candidate { Techniques = plan.Techniques, Measured = forecast.Figures, Receipt = forecast.Receipt };
        double? value = metric.Name == "storedBytes" && Chunks > 0 ? StoredBytes : metric.Read(known).Value;
        return metric.LowerIsBetter ? value : -value;
    }
}
