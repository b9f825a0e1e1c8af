using Shoestring.Metering;
using Shoestring.Models;
using Shoestring.Training;

namespace Shoestring.Techniques;

/// <summary>Optimizers: how a gradient becomes an update, and what is kept for each weight meanwhile.</summary>
public static class OptimizerTechniques
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Technique> All { get; } = [AdamW(), AdamW8Bit(), Sgd(), Lion(), Adafactor(), GaLore()];

    static Technique AdamW() => new("adamw", SurveyTree.OptimizerState, "divides a mean of gradients by the root of a mean of their squares; eight bytes of state a weight")
    {
        Papers = [new("Decoupled Weight Decay Regularization", "1711.05101", 2017)],
        Claims = Claims(Effect.Neutral, "the usual optimizer, against which the others are held"),
        Options = [Beta(1, new AdamWOptions().Beta1), Beta(2, new AdamWOptions().Beta2), Decay(new AdamWOptions()), State],
        Train = (methods, call) => Take(methods, new AdamWOptions { Beta1 = Beta(call, 1), Beta2 = Beta(call, 2), WeightDecay = Decay(call), State = StateOf(call) }),
    };

    static Technique AdamW8Bit() => new("adamw-8bit", SurveyTree.OptimizerState, "AdamW whose two means are held in 8 bits, by blocks with a scale each")
    {
        Papers = [new("8-bit Optimizers via Block-wise Quantization", "2110.02861", 2021)],
        Claims = Claims(Effect.Saves, "the paper's table 1: a quarter of the state at the same quality"),
        Options = [Beta(1, new EightBitAdamOptions().Beta1), Beta(2, new EightBitAdamOptions().Beta2), Decay(new EightBitAdamOptions())],
        Train = (methods, call) => Take(methods, new EightBitAdamOptions { Beta1 = Beta(call, 1), Beta2 = Beta(call, 2), WeightDecay = Decay(call) }),
    };

    static Technique Sgd() => new("sgd", SurveyTree.OptimizerState, "subtracts the gradient; no state without momentum")
    {
        Papers = [new("Optimization Methods for Large-Scale Machine Learning", "1606.04838", 2016)],
        Claims = Claims(Effect.Saves, "no state, or four bytes a weight with momentum"),
        Options = [TechniqueOption.Of("momentum", new SgdOptions().Momentum, "share of the last update that is added (default: none, no state)"), Decay(new SgdOptions()), State],
        Train = (methods, call) => Take(methods, new SgdOptions { Momentum = call.Number("momentum", 0, 0.999999), WeightDecay = Decay(call), State = StateOf(call) }),
    };

    static Technique Lion() => new("lion", SurveyTree.OptimizerState, "steps by the sign of a mean of gradients; four bytes of state a weight")
    {
        Papers = [new("Symbolic Discovery of Optimization Algorithms", "2302.06675", 2023)],
        Claims = Claims(Effect.Saves, "the paper's section 3.2: one mean instead of two"),
        Options = [Beta(1, new LionOptions().Beta1), Beta(2, new LionOptions().Beta2), Decay(new LionOptions()), State],
        Train = (methods, call) => Take(methods, new LionOptions { Beta1 = Beta(call, 1), Beta2 = Beta(call, 2), WeightDecay = Decay(call), State = StateOf(call) }),
    };

    static Technique Adafactor() => new("adafactor", SurveyTree.OptimizerState, "keeps a matrix's squared gradients as one number a row and one a column")
    {
        Papers = [new("Adafactor: Adaptive Learning Rates with Sublinear Memory Cost", "1804.04235", 2018)],
        Claims = Claims(Effect.Saves, "the paper's section 3: O(n + m) numbers of state for n × m weights"),
        Options =
        [
            TechniqueOption.Of("clip", new AdafactorOptions().Clip, "largest root mean square of an update (the paper's section 6)"),
            new("relative-step", "true", "whether the rate is a share of the weights' own size (the paper's section 8)", ["true", "false"]),
            Decay(new AdafactorOptions()),
        ],
        Train = (methods, call) => Take(methods, new AdafactorOptions { Clip = call.Number("clip", 1e-3, 1e6), RelativeStep = call.Flag("relative-step"), WeightDecay = Decay(call) }),
    };

    static Technique GaLore() => new("galore", SurveyTree.OptimizerState, "AdamW on gradients projected to a few directions, which are found anew at times")
    {
        Papers = [new("GaLore: Memory-Efficient LLM Training by Gradient Low-Rank Projection", "2403.03507", 2024)],
        Claims = Claims(Effect.Saves, "the paper's abstract: up to 65.5 % of the optimizer's state"),
        Options =
        [
            TechniqueOption.Of("rank", new GaLoreOptions().Rank, "directions (the paper's table 2, for its smallest model)"),
            TechniqueOption.Of("interval", new GaLoreOptions().Interval, "steps between projections (the paper's section 5.1)"),
            TechniqueOption.Of("scale", new GaLoreOptions().Scale, "factor of a step (the paper's section 5.1)"),
            Decay(new GaLoreOptions()),
        ],
        Train = (methods, call) => Take(methods, new GaLoreOptions
        {
            Rank = call.Integer("rank", 1, 1 << 16),
            Interval = call.Integer("interval", 1, 1 << 24),
            Scale = call.Number("scale", 1e-6, 1e6),
            WeightDecay = Decay(call),
        }),
    };

    static TrainingMethods Take(TrainingMethods methods, OptimizerOptions options) => methods with { Optimizer = options, Mezo = null };

    static TechniqueOption State => new("state", "f32", "how its state is held", ["f32", "bf16"]);

    static StateFormat StateOf(TechniqueCall call) => call.Choice("state", ("f32", StateFormat.Float32), ("bf16", StateFormat.BFloat16));

    static TechniqueOption Beta(int number, double usual) => TechniqueOption.Of($"beta{number}", usual, number == 1 ? "how much of the mean of gradients stays" : "how much of the second mean stays");

    static double Beta(TechniqueCall call, int number) => call.Number($"beta{number}", 0, 0.999999);

    static TechniqueOption Decay(OptimizerOptions usual) => TechniqueOption.Of("weight-decay", usual.WeightDecay, "pull of matrices towards zero");

    static double Decay(TechniqueCall call) => call.Number("weight-decay", 0, 1000);

    static ResourceClaim[] Claims(Effect memory, string basis) =>
    [
        new(Resource.Computation, Effect.Neutral, false, "an update is small beside forward and backward"),
        new(Resource.Memory, memory, memory != Effect.Neutral, basis),
        new(Resource.Energy, Effect.Neutral, false, "nothing is claimed"),
        new(Resource.Money, Effect.Neutral, false, "nothing is claimed"),
        new(Resource.Communication, Effect.Neutral, false, "nothing is claimed"),
    ];
}
