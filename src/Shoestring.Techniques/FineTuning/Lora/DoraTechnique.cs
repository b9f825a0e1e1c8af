using Shoestring.Metering;
using Shoestring.Models;
using Shoestring.Training;

namespace Shoestring.Techniques;

/// <summary>DoRA: magnitude and direction of a matrix's rows are learned apart, direction by LoRA.</summary>
public static class DoraTechnique
{
    static readonly LowRankOptions usual = new();

    /// <summary>The technique's place, claims and options.</summary>
    public static Technique Description { get; } = new("dora", SurveyTree.Adapters, "learns magnitude and direction of each row apart, the direction by low rank")
    {
        Papers = [new("DoRA: Weight-Decomposed Low-Rank Adaptation", "2402.09353", 2024)],
        Claims =
        [
            new(Resource.Computation, Effect.Costs, false, "against lora: layers' outputs and rows' norms are computed again; against full tuning, no gradients of frozen weights"),
            new(Resource.Memory, Effect.Saves, true, "the paper's section 4.3: as lora, and less than with gradients through the norm"),
            new(Resource.Energy, Effect.Neutral, false, "the paper claims nothing"),
            new(Resource.Money, Effect.Neutral, false, "the paper claims nothing"),
            new(Resource.Communication, Effect.Saves, false, "only small matrices and one number a row are sent, as with lora"),
        ],
        Options =
        [
            TechniqueOption.Of("rank", usual.Rank, "channels between the two matrices"),
            TechniqueOption.Of("alpha", usual.Alpha, "the delta is scaled by alpha / rank"),
            new("layers", string.Join('+', usual.Layers), "layers of each block, by their names in GGUF", []),
            new("norm", "detached", "detached counts ‖V‖ as a constant on the way back (the paper's section 4.3), full does not (eq. 6)", ["detached", "full"]),
        ],
        Train = (methods, call) => methods with
        {
            LowRank = new LowRankOptions
            {
                Rank = call.Integer("rank", 1, 4096),
                Alpha = call.Number("alpha", 1e-6, 1e6),
                Layers = call.Words("layers"),
                Magnitude = call.Choice("norm", ("detached", MagnitudeKind.Detached), ("full", MagnitudeKind.Full)),
                Seed = methods.Seed,
            },
        },
    };
}
