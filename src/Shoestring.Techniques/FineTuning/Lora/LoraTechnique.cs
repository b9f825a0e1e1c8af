using Shoestring.Metering;
using Shoestring.Models;
using Shoestring.Training;

namespace Shoestring.Techniques;

/// <summary>LoRA: the product of two narrow matrices is learned beside a frozen one.</summary>
public static class LoraTechnique
{
    static readonly LowRankOptions usual = new();

    /// <summary>The technique's place, claims and options.</summary>
    public static Technique Description { get; } = new("lora", SurveyTree.Adapters, "learns the product of two narrow matrices beside frozen weights of any format")
    {
        Papers =
        [
            new("LoRA: Low-Rank Adaptation of Large Language Models", "2106.09685", 2021),
            new("A Rank Stabilization Scaling Factor for Fine-Tuning with LoRA", "2312.03732", 2023),
        ],
        Claims =
        [
            new(Resource.Computation, Effect.Saves, false, "survey, table 2: no gradients of frozen weights"),
            new(Resource.Memory, Effect.Saves, true, "survey, table 2; the paper's section 4.2: gradients and state of the small matrices alone"),
            new(Resource.Energy, Effect.Neutral, false, "survey, table 2 has no mark"),
            new(Resource.Money, Effect.Neutral, false, "survey, table 2 has no mark"),
            new(Resource.Communication, Effect.Saves, false, "the paper's section 4.2: only the small matrices are sent"),
        ],
        Options = Options,
        Train = Train,
    };

    /// <summary>Options of a low-rank delta.</summary>
    internal static IReadOnlyList<TechniqueOption> Options =>
    [
        TechniqueOption.Of("rank", usual.Rank, "channels between the two matrices (the paper's table 6)"),
        TechniqueOption.Of("alpha", usual.Alpha, "the delta is scaled by alpha / rank"),
        new("rank-stabilized", "false", "scale by alpha / √rank, so that high ranks still learn (arXiv 2312.03732)", ["true", "false"]),
        new("layers", string.Join('+', usual.Layers), "layers of each block, by their names in GGUF (the paper's section 7.1)", []),
    ];

    /// <summary>The deltas that a call asks for.</summary>
    /// <exception cref="Shoestring.Tensors.InputException">A value is not allowed.</exception>
    internal static TrainingMethods Train(TrainingMethods methods, TechniqueCall call) => methods with
    {
        LowRank = new LowRankOptions
        {
            Rank = call.Integer("rank", 1, 4096),
            Alpha = call.Number("alpha", 1e-6, 1e6),
            IsRankStabilized = call.Flag("rank-stabilized"),
            Layers = call.Words("layers"),
            Seed = methods.Seed,
        },
    };
}
