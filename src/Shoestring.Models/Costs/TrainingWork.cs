namespace Shoestring.Models;

/// <summary>What a training step does, as the cost formulas see it.</summary>
/// <param name="Learns">Whether a weight learns, by its name in GGUF; parts of fused matrices by the names they would have apart.</param>
public sealed record TrainingWork(Func<string, bool> Learns)
{
    /// <summary>
    /// The first block that memory is planned for, where other steps go further down than this one; null for the first whose weights learn. What is
    /// computed again comes in segments of that plan.
    /// </summary>
    public int? PlannedFrom { get; init; }

    /// <summary>What is computed again instead of kept.</summary>
    public Checkpointing Checkpointing { get; init; }

    /// <summary>How what is kept is held.</summary>
    public ActivationCompression Compression { get; init; }

    /// <summary>Ranks of low-rank deltas by the names of their layers, without ".weight"; 0 for none.</summary>
    public Func<string, int> DeltaRank { get; init; } = _ => 0;

    /// <summary>What adapters do beside low-rank products, by the names of their layers, without ".weight".</summary>
    public Func<string, AdapterWork> Adapter { get; init; } = _ => default;
}

/// <summary>What an adapter does to a layer beside low-rank products.</summary>
/// <param name="Learns">Whether it has weights that learn.</param>
/// <param name="OutputAgain">Whether the layer's output is computed again on the way back, since the adapter multiplies it.</param>
/// <param name="NormRows">Rows of input that the norms of the matrix count as in each forward pass.</param>
/// <param name="NormRowsBack">The same of what flows back through them.</param>
/// <param name="Inner">Channels between the two matrices of a serial adapter behind it; 0 for none.</param>
public readonly record struct AdapterWork(bool Learns, bool OutputAgain = false, int NormRows = 0, int NormRowsBack = 0, int Inner = 0);

/// <summary>FLOPs of a training step.</summary>
/// <param name="Forward">Of the forward pass.</param>
/// <param name="Recomputed">Of what is computed again.</param>
/// <param name="Backward">Of the backward pass.</param>
public readonly record struct TrainingFlops(long Forward, long Recomputed, long Backward)
{
    /// <summary>All.</summary>
    public long Total => Forward + Recomputed + Backward;

    /// <summary>Those of all that are attention's.</summary>
    public long Attention { get; init; }

    /// <summary>Those of the forward pass that are.</summary>
    public long ForwardAttention { get; init; }
}
