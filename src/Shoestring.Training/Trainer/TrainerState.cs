namespace Shoestring.Training;

/// <summary>Where a run stands: all that decides how it goes on, beside weights, optimizer state and options.</summary>
public sealed record TrainerState
{
    /// <summary>Updates that were made.</summary>
    public long Step { get; init; }

    /// <summary>Rows that were trained on.</summary>
    public long Tokens { get; init; }

    /// <summary>Epoch of the next batch.</summary>
    public int Epoch { get; init; }

    /// <summary>The next batch of the epoch.</summary>
    public int Batch { get; init; }

    /// <summary>Exponential mean of the loss.</summary>
    public double? MeanLoss { get; init; }

    /// <summary>The lowest that mean has been.</summary>
    public double? LowestMean { get; init; }

    /// <summary>Steps in a row whose loss was far above it.</summary>
    public int StepsAbove { get; init; }

    /// <summary>The best loss on held-out text.</summary>
    public double? BestHeldOut { get; init; }

    /// <summary>The step after which it was seen.</summary>
    public long BestStep { get; init; }

    /// <summary>Evaluations since then.</summary>
    public int EvaluationsSinceBest { get; init; }
}

/// <summary>A loss on held-out text.</summary>
/// <param name="Step">Updates before it.</param>
/// <param name="Loss">Mean loss of a token.</param>
public readonly record struct HeldOutLoss(long Step, double Loss);

/// <summary>What a run has seen so far.</summary>
public sealed class TrainingHistory
{
    /// <summary>Mean loss of a token, one a step.</summary>
    public List<double> Losses { get; } = [];

    /// <summary>Losses on held-out text.</summary>
    public List<HeldOutLoss> HeldOut { get; } = [];

    /// <summary>Loss of each held-out text before the first step, Σ weight · −log p. <c>[text]</c></summary>
    public double[] FirstTexts { get; set; } = [];

    /// <summary>The same at the best evaluation.</summary>
    public double[] BestTexts { get; set; } = [];

    /// <summary>The same at the last one.</summary>
    public double[] LastTexts { get; set; } = [];
}
