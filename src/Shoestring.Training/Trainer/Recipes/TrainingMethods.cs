using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>What a list of methods comes to: which optimizer on which part of the model, and what is kept in memory meanwhile.</summary>
public sealed record TrainingMethods
{
    static readonly string[] all =
    [
        "adamw", "adamw-8bit", "sgd", "lion", "adafactor", "galore", "lomo", "mezo", "badam", "hift", "lisa", "lora", "checkpointing",
    ];

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

    /// <summary>The names of all methods.</summary>
    public static IReadOnlyList<string> Names => all;

    /// <summary>The learning rate where none is given: the optimizer's; LoRA's is 2e-4 (arXiv 2106.09685, table 11).</summary>
    public double UsualLearningRate => Optimizer is null ? MezoOptions.UsualLearningRate : LowRank is null ? Optimizer.UsualLearningRate : 2e-4;

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

        return methods is { Mezo: not null, Blockwise: not null } ? throw new InputException("mezo has no gradients to choose among", "mezo", "leave out the blockwise method") : methods;
    }

    TrainingMethods With(MethodCall call, ulong seed) => call.Name switch
    {
        "lomo" => this with { Optimizer = Sgd(call, 0), ReleaseGradients = true },
        "mezo" => this with { Optimizer = null, Mezo = new MezoOptions { Epsilon = call.Number("epsilon", new MezoOptions().Epsilon, 1e-8, 1) } },
        "badam" => this with { Blockwise = Blocks(call, BlockwiseMethod.BAdam) },
        "hift" => this with { Blockwise = Blocks(call, BlockwiseMethod.Hift) },
        "lisa" => this with { Blockwise = Blocks(call, BlockwiseMethod.Lisa) },
        "lora" => this with { LowRank = Deltas(call, seed) },
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
