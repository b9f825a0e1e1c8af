using Shoestring.Metering;
using Shoestring.Models;
using Shoestring.Training;

namespace Shoestring.Techniques;

/// <summary>Methods that train all weights with less memory for gradients or state.</summary>
public static class FullParameterTechniques
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Technique> All { get; } = [Lomo(), Mezo(), BAdam(), Hift(), Lisa()];

    static Technique Lomo() => new("lomo", SurveyTree.FullParameter, "updates each weight within the backward pass and forgets its gradient at once")
    {
        Papers = [new("Full Parameter Fine-tuning for Large Language Models with Limited Resources", "2306.09782", 2023)],
        Claims = Claims(Effect.Neutral, "the same passes as SGD", "the paper's table 1: gradients of one matrix at a time, no state"),
        Options =
        [
            TechniqueOption.Of("weight-decay", new SgdOptions().WeightDecay, "pull of matrices towards zero"),
            TechniqueOption.Of("clip", 0.0, "the gradients' largest norm, 0 for any; above it each step makes them twice, first to know their norm (the paper's section 3.3)"),
        ],
        Train = (methods, call) => methods with
        {
            Optimizer = new SgdOptions { WeightDecay = call.Number("weight-decay", 0, 1000) },
            Mezo = null,
            ReleaseGradients = true,
            ClipNorm = call.Number("clip", 0, 1e6),
        },
    };

    static Technique Mezo() => new("mezo", SurveyTree.FullParameter, "finds the slope along a random direction by two forward passes; no gradients and no activations are kept")
    {
        Papers = [new("Fine-Tuning Language Models with Just Forward Passes", "2305.17333", 2023)],
        Claims = Claims(Effect.Costs, "a step is cheap and tells little, so that many are needed (the paper's section 3)", "the paper's abstract: what inference takes, a twelfth of fine-tuning"),
        Options = [TechniqueOption.Of("epsilon", new MezoOptions().Epsilon, "how far weights are moved (the paper's appendix D)")],
        Train = (methods, call) => methods.Blockwise is null
            ? methods with { Optimizer = null, Mezo = new MezoOptions { Epsilon = call.Number("epsilon", 1e-8, 1) } } : throw Excluded(call),
    };

    static Technique BAdam() => Blockwise("badam", BlockwiseMethod.BAdam, "AdamW on one block of the model after the other",
        new Paper("BAdam: A Memory Efficient Full Parameter Optimization Method for Large Language Models", "2404.02827", 2024), "the paper's table 1: state and gradients of one block");

    static Technique Hift() => Blockwise("hift", BlockwiseMethod.Hift, "another group of layers at each step, each group's state kept for its next turn",
        new Paper("HiFT: A Hierarchical Full Parameter Fine-Tuning Strategy", "2401.15207", 2024), "the paper's section 3.2: gradients of one group");

    static Technique Lisa() => Blockwise("lisa", BlockwiseMethod.Lisa, "embedding and head always, and a few random blocks for some steps",
        new Paper("LISA: Layerwise Importance Sampling for Memory-Efficient Large Language Model Fine-Tuning", "2403.17919", 2024), "the paper's table 1: state and gradients of the chosen blocks");

    static Technique Blockwise(string id, BlockwiseMethod method, string summary, Paper paper, string memory)
    {
        var usual = new BlockwiseOptions(method);
        return new Technique(id, SurveyTree.FullParameter, summary)
        {
            Papers = [paper],
            Claims = Claims(Effect.Neutral, "the gradients of weights that rest need not be computed", memory),
            Options =
            [
                TechniqueOption.Of("interval", usual.Interval, "steps before others take their turn"),
                TechniqueOption.Of("blocks", usual.Blocks, "blocks at a time"),
                new("order", Word(usual.Order), "in which order they take turns", ["random", "ascending", "descending"]),
            ],
            Train = (methods, call) => methods.Mezo is not null ? throw Excluded(call) : methods with
            {
                Blockwise = usual with
                {
                    Interval = call.Integer("interval", 1, 1 << 24),
                    Blocks = call.Integer("blocks", 1, 4096),
                    Order = call.Choice("order", Orders),
                },
            },
        };
    }

    static (string Word, BlockOrder Value)[] Orders => [("random", BlockOrder.Random), ("ascending", BlockOrder.Ascending), ("descending", BlockOrder.Descending)];

    static string Word(BlockOrder order) => Orders.Single(one => one.Value == order).Word;

    static Tensors.InputException Excluded(TechniqueCall call) => new("mezo has no gradients to choose among", $"-t {call.Technique.Id}", "leave out mezo or the blockwise method");

    static ResourceClaim[] Claims(Effect computation, string time, string memory) =>
    [
        new(Resource.Computation, computation, false, time),
        new(Resource.Memory, Effect.Saves, true, memory),
        new(Resource.Energy, Effect.Neutral, false, "survey, table 2 has no mark"),
        new(Resource.Money, Effect.Saves, false, "survey, table 2 (column inferred): smaller machines do"),
        new(Resource.Communication, Effect.Neutral, false, "survey, table 2 has no mark"),
    ];
}
