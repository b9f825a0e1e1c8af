using System.Text.Json.Serialization;
using Shoestring.Metering;

namespace Shoestring.Experiments;

/// <summary>What a search needs of whoever can apply techniques and run models. The search calls it from one thread.</summary>
public interface ICandidateMeasurer
{
    /// <summary>Chunks of the held-out text.</summary>
    int Chunks { get; }

    /// <summary>What a candidate is expected to come to, before it is made. Cheap: it runs no model.</summary>
    CandidateForecast Predict(CandidatePlan plan);

    /// <summary>Makes the candidate, unless it is still there, and scores some chunks of the held-out text with it.</summary>
    /// <param name="plan">The candidate; no techniques is the model as given.</param>
    /// <param name="chunks">Which chunks, in the order that they are to be scored.</param>
    /// <param name="cancellation">Stops the work; nothing half-made may remain.</param>
    /// <exception cref="Tensors.InputException">This candidate cannot be made or run: it is left out with that reason.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    ScoreMeasurement Score(CandidatePlan plan, IReadOnlyList<int> chunks, CancellationToken cancellation);

    /// <summary>
    /// Measures what does not follow from scores: rates, memory, how alike answers are to the original's. The candidates take turns,
    /// so that what disturbs the machine for a while disturbs all of them.
    /// </summary>
    /// <param name="plans">Candidates that were scored.</param>
    /// <param name="progress">Told the measurements done and in all.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>A measurement for each, in their order.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    IReadOnlyList<CandidateMeasurement> Finish(IReadOnlyList<CandidatePlan> plans, Action<int, int> progress, CancellationToken cancellation);

    /// <summary>The candidate will not be asked for again: what was made for it may go.</summary>
    void Discard(CandidatePlan plan);
}

/// <summary>What a candidate is expected to come to.</summary>
/// <param name="Figures">The figures; those that are exact say so by their source, counted.</param>
/// <param name="Receipt">The receipt of work like that which rates are measured with.</param>
public sealed record CandidateForecast(CandidateFigures Figures, Receipt Receipt)
{
    /// <summary>Its weights, a tied embedding counted once, or null where they are not known.</summary>
    public long? Parameters { get; init; }
}

/// <summary>What came out of scoring a part of the text.</summary>
public sealed record ScoreMeasurement
{
    /// <summary>The model on disk, in bytes.</summary>
    public required long StoredBytes { get; init; }

    /// <summary>The negative log-likelihood, block by block, in the order of the chunks.</summary>
    public required TextScore Score { get; init; }

    /// <summary>What it cost, the making of the candidate included.</summary>
    public required Receipt Receipt { get; init; }

    /// <summary>What was counted, for the receipt of the whole search.</summary>
    [JsonIgnore]
    public Cost Counted { get; init; } = new();
}

/// <summary>What came out of finishing a candidate.</summary>
public sealed record CandidateMeasurement
{
    /// <summary>The figures. Perplexity and quality are left to the search, which has them from the scores.</summary>
    public required CandidateFigures Figures { get; init; }

    /// <summary>What measuring it cost.</summary>
    public required Receipt Receipt { get; init; }

    /// <summary>What was counted while measuring it, for the receipt of the whole search.</summary>
    [JsonIgnore]
    public Cost Counted { get; init; } = new();
}
