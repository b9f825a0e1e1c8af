using Shoestring.Models;

namespace Shoestring.Training;

/// <summary>How one pass of forward and backward is made.</summary>
public sealed record StepOptions
{
    /// <summary>
    /// Factor of the gradients: one over the sum of the weights of all batches that an update is made from gives the gradient of their mean loss.
    /// </summary>
    public float Scale { get; init; } = 1;

    /// <summary>What is computed again instead of kept. Default none: as frameworks do unless they are told.</summary>
    public Checkpointing Checkpointing { get; init; }

    /// <summary>How what is kept is held. Default as floats; otherwise nothing is computed again.</summary>
    public ActivationCompression Compression { get; init; }

    /// <summary>Most bytes of logits at once. Default: see <see cref="TrainingPlan.LogitBytes"/>.</summary>
    public long LogitBytes { get; init; } = new TrainingPlan().LogitBytes;

    /// <summary>The teacher that is listened to beside the text, or null.</summary>
    public Distillation? Distillation { get; init; }

    /// <summary>
    /// Told of each parameter as soon as its gradient is finished, which is when it may be changed; null to change them all after the
    /// step. The gradient has then been added up over all steps since it was cleared, unless gradients are released.
    /// </summary>
    public Action<Parameter>? Finished { get; init; }
}
