using Shoestring.Metering;
using Shoestring.Training;

namespace Shoestring.Techniques;

/// <summary>A chosen part of the model's own weights learns, and no other changes.</summary>
public static class MaskingTechniques
{
    static readonly ChildTuningOptions usual = new();

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Technique> All { get; } = [Biases(), Child()];

    static Technique Biases() => new("bitfit", SurveyTree.Masking, "trains biases alone")
    {
        Papers = [new("BitFit: Simple Parameter-efficient Fine-tuning for Transformer-based Masked Language-models", "2106.10199", 2021)],
        Claims = Claims(Effect.Saves, "no gradients of matrices", Effect.Saves, "the paper's table 1: 0.1 % of the weights have gradients and state"),
        Options = [new("add", "false", "give layers without a bias one of zeros; without it a model that has none is refused", ["true", "false"])],
        Train = (methods, call) => methods with { Biases = new BiasOptions { AddsMissing = call.Flag("add") } },
    };

    static Technique Child() => new("child-tuning", SurveyTree.Masking, "changes the weights with the largest Fisher information alone")
    {
        Papers = [new("Raise a Child in Large Language Model: Towards Effective and Generalizable Fine-tuning", "2109.05687", 2021)],
        Claims = Claims(Effect.Costs, "gradients of some documents before the first step", Effect.Neutral, "gradients and state of all weights are held"),
        Options =
        [
            TechniqueOption.Of("share", usual.Share, "share of the weights that change (the paper's appendix B)"),
            new("mask", "fisher", "random chooses as many blindly, for comparison", ["fisher", "random"]),
            TechniqueOption.Of("documents", usual.Documents, "documents of one context that the Fisher information is estimated from"),
        ],
        Train = (methods, call) => methods with
        {
            ChildTuning = new ChildTuningOptions
            {
                Share = call.Number("share", 1e-9, 1),
                Mask = call.Choice("mask", ("fisher", MaskKind.Fisher), ("random", MaskKind.Random)),
                Documents = call.Integer("documents", 1, 1 << 24),
                Seed = methods.Seed,
            },
        },
    };

    static ResourceClaim[] Claims(Effect computation, string time, Effect memory, string held) =>
    [
        new(Resource.Computation, computation, false, time),
        new(Resource.Memory, memory, memory == Effect.Saves, held),
        new(Resource.Energy, Effect.Neutral, false, "the paper claims nothing"),
        new(Resource.Money, Effect.Neutral, false, "the paper claims nothing"),
        new(Resource.Communication, Effect.Saves, false, "what changed alone is sent"),
    ];
}
