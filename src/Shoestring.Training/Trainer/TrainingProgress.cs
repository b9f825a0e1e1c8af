namespace Shoestring.Training;

/// <summary>What a step came to.</summary>
/// <param name="Step">Updates made.</param>
/// <param name="Steps">Updates of the whole run.</param>
/// <param name="Loss">Mean loss of a token in this step's batches.</param>
/// <param name="LearningRate">The rate of this step.</param>
/// <param name="GradientNorm">The gradients' norm before clipping; null where they were not held together, of MeZO the slope.</param>
/// <param name="Tokens">Rows trained on so far.</param>
public readonly record struct TrainingProgress(long Step, long Steps, double Loss, double LearningRate, double? GradientNorm, long Tokens)
{
    /// <summary>Loss on held-out text after this step, where it was looked at.</summary>
    public double? HeldOutLoss { get; init; }
}

/// <summary>Why a run ended.</summary>
public enum TrainingEnd
{
    /// <summary>All steps were made.</summary>
    Done,

    /// <summary>Loss on held-out text did not fall any more.</summary>
    StoppedEarly,

    /// <summary>It was asked to stop, and can go on from its checkpoint.</summary>
    Interrupted,
}

/// <summary>The run cannot go on: its numbers have left what numbers can hold, or the loss runs away. The message has the step, the parameter and cures.</summary>
/// <param name="step">The step, from 1.</param>
/// <param name="parameter">The first parameter whose gradient is not finite, or null where all are.</param>
/// <param name="what">What was seen.</param>
public sealed class TrainingDivergedException(long step, string? parameter, string what) : Exception(
    $"step {step}: {what}{(parameter is null ? "" : $", first in the gradient of {parameter}")}; try a lower learning rate, a longer warm-up or a lower clip norm, and go on from the last checkpoint")
{
    /// <summary>The step, from 1.</summary>
    public long Step { get; } = step;

    /// <summary>The first parameter whose gradient is not finite, or null.</summary>
    public string? Parameter { get; } = parameter;
}
