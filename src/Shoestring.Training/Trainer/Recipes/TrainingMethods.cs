using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>What a list of methods comes to: which optimizer on which part of the model, and what is kept in memory meanwhile.</summary>
public sealed record TrainingMethods
{
    /// <summary>Where the methods' own random numbers start.</summary>
    public ulong Seed { get; init; }

    /// <summary>The optimizer, or null for MeZO.</summary>
    public OptimizerOptions? Optimizer { get; init; } = new AdamWOptions();

    /// <summary>MeZO, or null.</summary>
    public MezoOptions? Mezo { get; init; }

    /// <summary>Part of the model at a time, or null.</summary>
    public BlockwiseOptions? Blockwise { get; init; }

    /// <summary>Low-rank deltas in place of the weights, or null.</summary>
    public LowRankOptions? LowRank { get; init; }

    /// <summary>Whether gradients are used and forgotten one by one.</summary>
    public bool ReleaseGradients { get; init; }

    /// <summary>The gradients' largest norm where the recipe names none, 0 for any, or null for what is usual.</summary>
    public double? ClipNorm { get; init; }

    /// <summary>What the backward pass computes again.</summary>
    public Checkpointing Checkpointing { get; init; }

    /// <summary>What is done to the text.</summary>
    public DataMethods Data { get; init; } = new();

    /// <summary>The teacher, or null.</summary>
    public DistillationOptions? Distillation { get; init; }

    /// <summary>How the start model grows first, or null.</summary>
    public GrowthOptions? Growth { get; init; }

    /// <summary>The format that the layers see weights rounded to, or null.</summary>
    public TensorFormat? Rounding { get; init; }

    /// <summary>The learning rate where none is given: the optimizer's; LoRA's is 2e-4 (arXiv 2106.09685, table 11).</summary>
    public double UsualLearningRate => Optimizer is null ? MezoOptions.UsualLearningRate : LowRank is null ? Optimizer.UsualLearningRate : 2e-4;
}
