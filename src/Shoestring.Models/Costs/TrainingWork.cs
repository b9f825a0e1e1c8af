namespace Shoestring.Models;

/// <summary>What a training step does, as the cost formulas see it.</summary>
/// <param name="Learns">Whether a weight learns, by its name in GGUF; parts of fused matrices by the names they would have apart.</param>
public sealed record TrainingWork(Func<string, bool> Learns)
{
    /// <summary>What is computed again instead of kept.</summary>
    public Checkpointing Checkpointing { get; init; }

    /// <summary>How what is kept is held.</summary>
    public ActivationCompression Compression { get; init; }

    /// <summary>Ranks of low-rank deltas by the names of their layers, without ".weight"; 0 for none.</summary>
    public Func<string, int> DeltaRank { get; init; } = _ => 0;
}

/// <summary>FLOPs of a training step.</summary>
/// <param name="Forward">Of the forward pass.</param>
/// <param name="Recomputed">Of what is computed again.</param>
/// <param name="Backward">Of the backward pass.</param>
public readonly record struct TrainingFlops(long Forward, long Recomputed, long Backward)
{
    /// <summary>All.</summary>
    public long Total => Forward + Recomputed + Backward;
}
