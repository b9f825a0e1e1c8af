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

    /// <summary>The format that frozen matrices are held in, or null for that of the file.</summary>
    public TensorFormat? FrozenFormat { get; init; }

    /// <summary>Factors of channels in place of the weights, or null.</summary>
    public ChannelOptions? Channels { get; init; }

    /// <summary>Serial adapters in place of the weights, or null.</summary>
    public SerialOptions? Serial { get; init; }

    /// <summary>Learned rows before every text in place of the weights, or null.</summary>
    public VirtualOptions? Virtual { get; init; }

    /// <summary>Biases alone, or null.</summary>
    public BiasOptions? Biases { get; init; }

    /// <summary>The weights with the largest Fisher information alone, or null.</summary>
    public ChildTuningOptions? ChildTuning { get; init; }

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
    public double UsualLearningRate => Optimizer is null ? MezoOptions.UsualLearningRate : LowRank is not null ? 2e-4
        : Channels is not null ? ChannelOptions.UsualLearningRate : Serial is not null ? SerialOptions.UsualLearningRate
        : Virtual is { } rows ? (rows.IsPrefix ? VirtualOptions.UsualPrefixRate : VirtualOptions.UsualPromptRate) : Biases is not null ? BiasOptions.UsualLearningRate : Optimizer.UsualLearningRate;

    /// <summary>Whether a model's own weights can hold what is learned.</summary>
    public bool IsMergeable => Serial is null && Virtual is null;

    /// <summary>What of a model learns under these methods.</summary>
    public TrainableOptions Trainable => new() { LowRank = LowRank, Channels = Channels, Serial = Serial, Virtual = Virtual, Biases = Biases, ReleaseGradients = ReleaseGradients, Rounding = Rounding, Growth = Growth, FrozenFormat = FrozenFormat };

    /// <summary>The same, held together.</summary>
    /// <exception cref="InputException">Two do not go together.</exception>
    public TrainingMethods Checked()
    {
        if (new object?[] { LowRank, Channels, Serial, Virtual, Biases }.Count(method => method is not null) > 1)
        {
            throw new InputException("what learns is chosen more than once", "methods", "keep one of lora, dora, ia3, serial-adapter, prompt-tuning, prefix-tuning and bitfit");
        }

        return ChildTuning is null ? this : Masked();
    }

    // What is outside of the mask must stay as it is, bit by bit: nothing may pull it, nor mix gradients.
    TrainingMethods Masked() => Optimizer switch
    {
        null => throw new InputException("mezo has no gradients to mask", "child-tuning", "leave out mezo"),
        GaLoreOptions => throw new InputException("galore mixes the gradients of a matrix, so that no mask would hold", "child-tuning", "take another optimizer"),
        { WeightDecay: 0 } => this,
        AdamWOptions usual when usual == new AdamWOptions() => this with { Optimizer = usual with { WeightDecay = 0 } },
        { } other => throw new InputException($"the weight decay of {other.Name} pulls weights that are not to change", "child-tuning", $"add {other.Name}:weight-decay=0"),
    };
}
