using Shoestring.Metering;

namespace Shoestring.Experiments;

/// <summary>What a search needs of whoever can apply techniques and run models. The search calls it from one thread.</summary>
public interface ICandidateMeasurer
{
    /// <summary>What a candidate is expected to come to, before it is made. Cheap: it runs no model.</summary>
    CandidateFigures Predict(CandidatePlan plan);

    /// <summary>
    /// Applies the techniques, runs the result and says what came out. The baseline (no techniques) comes first, so that
    /// others can be held against what it kept of it; when the baseline's measurement was reused from an earlier search it is
    /// not measured in this one.
    /// </summary>
    /// <param name="plan">The candidate.</param>
    /// <param name="cancellation">Stops the measuring; nothing half-made may remain.</param>
    /// <exception cref="Tensors.InputException">This candidate cannot be made or run: it is left out with that reason.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    CandidateMeasurement Measure(CandidatePlan plan, CancellationToken cancellation);
}

/// <summary>What came out of measuring a candidate.</summary>
public sealed record CandidateMeasurement
{
    /// <summary>The figures. Perplexity and quality are left to the search, which has them from <see cref="Score"/>.</summary>
    public required CandidateFigures Figures { get; init; }

    /// <summary>The negative log-likelihood of the held-out text, block by block.</summary>
    public required TextScore Score { get; init; }

    /// <summary>What measuring it cost.</summary>
    public required Receipt Receipt { get; init; }

    /// <summary>What was counted while measuring it, for the receipt of the whole search.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public Cost Counted { get; init; } = new();
}
