using Shoestring.Metering;

namespace Shoestring.Experiments;

/// <summary>Makes a report's row of what a search knows of a contender.</summary>
static class CandidateRow
{
    /// <summary>The row.</summary>
    /// <param name="one">The contender, scored on some of the text at least.</param>
    /// <param name="original">What the original scored, on as much of the text or more.</param>
    public static Candidate Of(Contender one, TextScore original)
    {
        TextScore score = one.Score;
        CandidateFigures figures = (one.Final?.Figures ?? Unmeasured(one)) with
        {
            Perplexity = PairedQuality.Perplexity(score),
            Quality = QualityOf(one, original),
        };
        return new Candidate
        {
            Techniques = one.Plan.Techniques,
            Predicted = one.Forecast.Figures,
            Measured = figures.WithPredictions(one.Forecast.Figures),
            Fallbacks = one.Plan.Fallbacks,
            Layout = one.Plan.Layout,
            Parameters = one.Forecast.Parameters,
            MeasuredAt = one.MeasuredAt,
            Reused = one.IsReused,
            Receipt = one.Receipt!,
            Stopped = one.Final is null || one.Stopped is not null ? new Stopped(score.Tokens, one.Stopped ?? "the search was stopped") : null,
        };
    }

    /// <summary>Its quality on what it was scored on.</summary>
    public static Figure QualityOf(Contender one, TextScore original) => one.Plan.Techniques.Count > 0
        ? PairedQuality.Quality(new([.. original.Blocks.Take(one.Score.Blocks.Count)]), one.Score)
        : Figure.Counted(100, Units.Percent, "the original is what quality is held against").Within(100, 100);

    static CandidateFigures Unmeasured(Contender one)
    {
        string why = $"not measured: {one.Stopped ?? "the search was stopped"}";
        return CandidateFigures.Unavailable(why) with { StoredBytes = Figure.Counted(one.StoredBytes, Units.Bytes, "bytes of the file") };
    }
}
