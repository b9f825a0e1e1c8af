using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>What a list of methods comes to: which optimizer on which part of the model, and what is kept in memory meanwhile.</summary>
public sealed record TrainingMethods
{
    static readonly string[] all =
    [
        "adamw", "adamw-8bit", "sgd", "lion", "adafactor", "galore", "lomo", "mezo", "badam", "hift", "lisa", "lora", "dora", "ia3", "serial-adapter", "prompt-tuning", "prefix-tuning", "bitfit", "child-tuning", "checkpointing",
    ];

    /// <summary>The optimizer, or null for MeZO.</summary>
    public OptimizerOptions? Optimizer { get; init; } = new AdamWOptions();

    /// <summary>MeZO, or null.</summary>
    public MezoOptions? Mezo { get; init; }

    /// <summary>Part of the model at a time, or null.</summary>
    public BlockwiseOptions? Blockwise { get; init; }

    /// <summary>Low-rank deltas in place of the weights, or null.</summary>
    public LowRankOptions? LowRank { get; init; }

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

    /// <summary>What the backward pass computes again.</summary>
    public Checkpointing Checkpointing { get; init; }

    /// <summary>The names of all methods.</summary>
    public static IReadOnlyList<string> Names => all;

    /// <summary>The learning rate where none is given: the optimizer's; LoRA's is 2e-4 (arXiv 2106.09685, table 11).</summary>
    public double UsualLearningRate => Optimizer is null ? MezoOptions.UsualLearningRate : LowRank is not null ? 2e-4
        : Channels is not null ? ChannelOptions.UsualLearningRate : Serial is not null ? SerialOptions.UsualLearningRate
        : Virtual is { } rows ? (rows.IsPrefix ? VirtualOptions.UsualPrefixRate : VirtualOptions.UsualPromptRate) : Biases is not null ? BiasOptions.UsualLearningRate : Optimizer.UsualLearningRate;

    /// <summary>Whether a model's own weights can hold what is learned.</summary>
    public bool IsMergeable => Serial is null && Virtual is null;

    /// <summary>What of a model learns under these methods.</summary>
    public TrainableOptions Trainable => new() { LowRank = LowRank, Channels = Channels, Serial = Serial, Virtual = Virtual, Biases = Biases, ReleaseGradients = ReleaseGradients || Mezo is not null };

    /// <summary>Reads methods in their order; the last optimizer counts.</summary>
    /// <param name="calls">As users write them.</param>
    /// <param name="seed">Where random numbers start.</param>
    /// <exception cref="InputException">A method or option is not known, or two do not go together.</exception>
    public static TrainingMethods Parse(IEnumerable<string> calls, ulong seed)
    {
        var methods = new TrainingMethods();
        foreach (MethodCall call in calls.Select(MethodCall.Parse))
        {
            methods = methods.With(call, seed);
            call.End();
        }

        if (new object?[] { methods.LowRank, methods.Channels, methods.Serial, methods.Virtual, methods.Biases }.Count(method => method is not null) > 1)
        {
            throw new InputException("what learns is chosen more than once", "methods", "keep one of lora, dora, ia3, serial-adapter, prompt-tuning, prefix-tuning and bitfit");
        }

        methods = methods.ChildTuning is null ? methods : methods.Masked();
        return methods is { Mezo: not null, Blockwise: not null } ? throw new InputException("mezo has no gradients to choose among", "mezo", "leave out the blockwise method") : methods;
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

    TrainingMethods With(MethodCall call, ulong seed) => call.Name switch
    {
        "lomo" => this with { Optimizer = Sgd(call, 0), ReleaseGradients = true },
        "mezo" => this with { Optimizer = null, Mezo = new MezoOptions { Epsilon = call.Number("epsilon", new MezoOptions().Epsilon, 1e-8, 1) } },
        "badam" => this with { Blockwise = Blocks(call, BlockwiseMethod.BAdam) },
        "hift" => this with { Blockwise = Blocks(call, BlockwiseMethod.Hift) },
        "lisa" => this with { Blockwise = Blocks(call, BlockwiseMethod.Lisa) },
        "lora" => this with { LowRank = Deltas(call, seed) },
        "dora" => this with { LowRank = Deltas(call, seed) with { Magnitude = call.Choice("norm", MagnitudeKind.Detached, ("detached", MagnitudeKind.Detached), ("full", MagnitudeKind.Full)) } },
        "ia3" => this with { Channels = new ChannelOptions { Layers = call.Words("layers", new ChannelOptions().Layers) } },
        "serial-adapter" => this with
        {
            Serial = new SerialOptions { Inner = call.Integer("inner", new SerialOptions().Inner, 1, 1 << 16), Layers = call.Words("layers", new SerialOptions().Layers), Seed = seed },
        },
        "child-tuning" => this with { ChildTuning = Child(call, seed) },
        "prompt-tuning" or "prefix-tuning" => this with
        {
            Virtual = new VirtualOptions { IsPrefix = call.Name == "prefix-tuning", Rows = call.Integer("rows", new VirtualOptions().Rows, 1, 1 << 16), Seed = seed },
        },
        "bitfit" => this with { Biases = new BiasOptions { AddsMissing = call.Flag("add", new BiasOptions().AddsMissing) } },
        "checkpointing" => this with
        {
            Checkpointing = call.Choice("keep", Checkpointing.Blocks, ("all", Checkpointing.None), ("blocks", Checkpointing.Blocks), ("segments", Checkpointing.Segments),
                ("without-mixers", Checkpointing.Mixers), ("without-feed-forward", Checkpointing.FeedForward)),
        },
        _ => this with { Optimizer = OptimizerOf(call), Mezo = null },
    };

    static OptimizerOptions OptimizerOf(MethodCall call)
    {
        AdamWOptions adam = new();
        LionOptions lion = new();
        return call.Name switch
        {
            "adamw" => adam with { Beta1 = Beta(call, "beta1", adam.Beta1), Beta2 = Beta(call, "beta2", adam.Beta2), WeightDecay = Decay(call, adam), State = State(call) },
            "adamw-8bit" => new EightBitAdamOptions { Beta1 = Beta(call, "beta1", adam.Beta1), Beta2 = Beta(call, "beta2", adam.Beta2), WeightDecay = Decay(call, adam) },
            "sgd" => Sgd(call, Beta(call, "momentum", 0)),
            "lion" => lion with { Beta1 = Beta(call, "beta1", lion.Beta1), Beta2 = Beta(call, "beta2", lion.Beta2), WeightDecay = Decay(call, lion), State = State(call) },
            "adafactor" => Factored(call),
            "galore" => Projected(call),
            _ => throw new InputException($"there is no method '{call.Name}'", "methods", $"use one of {string.Join(", ", all)}"),
        };
    }

    static AdafactorOptions Factored(MethodCall call)
    {
        var usual = new AdafactorOptions();
        return usual with
        {
            Clip = call.Number("clip", usual.Clip, 1e-3, 1e6),
            RelativeStep = call.Flag("relative-step", usual.RelativeStep),
            WeightDecay = Decay(call, usual),
        };
    }

    static GaLoreOptions Projected(MethodCall call)
    {
        var usual = new GaLoreOptions();
        return usual with
        {
            Rank = call.Integer("rank", usual.Rank, 1, 1 << 16),
            Interval = call.Integer("interval", usual.Interval, 1, 1 << 24),
            Scale = call.Number("scale", usual.Scale, 1e-6, 1e6),
            WeightDecay = Decay(call, usual),
        };
    }

    static SgdOptions Sgd(MethodCall call, double momentum) => new() { Momentum = momentum, WeightDecay = Decay(call, new SgdOptions()) };

    static double Beta(MethodCall call, string name, double usual) => call.Number(name, usual, 0, 0.999999);

    static double Decay(MethodCall call, OptimizerOptions options) => call.Number("weight-decay", options.WeightDecay, 0, 1000);

    static StateFormat State(MethodCall call) => call.Choice("state", StateFormat.Float32, ("f32", StateFormat.Float32), ("bf16", StateFormat.BFloat16));

    static BlockwiseOptions Blocks(MethodCall call, BlockwiseMethod method)
    {
        var usual = new BlockwiseOptions(method);
        return usual with
        {
            Interval = call.Integer("interval", usual.Interval, 1, 1 << 24),
            Blocks = call.Integer("blocks", usual.Blocks, 1, 4096),
            Order = call.Choice("order", usual.Order, ("random", BlockOrder.Random), ("ascending", BlockOrder.Ascending), ("descending", BlockOrder.Descending)),
        };
    }

    static ChildTuningOptions Child(MethodCall call, ulong seed)
    {
        var usual = new ChildTuningOptions();
        return usual with
        {
            Share = call.Number("share", usual.Share, 1e-9, 1),
            Mask = call.Choice("mask", usual.Mask, ("fisher", MaskKind.Fisher), ("random", MaskKind.Random)),
            Documents = call.Integer("documents", usual.Documents, 1, 1 << 24),
            Seed = seed,
        };
    }

    static LowRankOptions Deltas(MethodCall call, ulong seed)
    {
        var usual = new LowRankOptions();
        return usual with
        {
            Rank = call.Integer("rank", usual.Rank, 1, 4096),
            Alpha = call.Number("alpha", usual.Alpha, 1e-6, 1e6),
            IsRankStabilized = call.Flag("rank-stabilized", usual.IsRankStabilized),
            Layers = call.Words("layers", usual.Layers),
            Seed = seed,
        };
    }
}
