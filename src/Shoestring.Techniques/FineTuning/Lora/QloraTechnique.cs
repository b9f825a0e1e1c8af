using Shoestring.Metering;
using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>QLoRA: LoRA beside frozen matrices of 4 bits.</summary>
public static class QloraTechnique
{
    const string OfFile = "file";

    static readonly string[] bases = [OfFile, .. BlockFormats.All.Where(format => format.CanEncode()).Select(format => format.Name())];

    /// <summary>The technique's place, claims and options.</summary>
    public static Technique Description { get; } = new("qlora", SurveyTree.Adapters, "lora beside frozen matrices that are held in 4 bits")
    {
        Papers = [new("QLoRA: Efficient Finetuning of Quantized LLMs", "2305.14314", 2023)],
        Claims =
        [
            new(Resource.Computation, Effect.Costs, false, "against lora: frozen weights are decoded in each product, forward and back"),
            new(Resource.Memory, Effect.Saves, true, "the paper's section 3: 4 bits for a frozen weight, gradients and state of the small matrices alone"),
            new(Resource.Energy, Effect.Neutral, false, "the paper claims nothing"),
            new(Resource.Money, Effect.Saves, false, "the paper's section 1: one smaller machine is enough"),
            new(Resource.Communication, Effect.Saves, false, "only the small matrices are sent, as with lora"),
        ],
        Options =
        [
            .. LoraTechnique.Options,
            new("base", nameof(TensorFormat.NF4), "format that the frozen matrices of blocks are held in; file leaves those of a quantized file as they are (default: the paper's section 3)", bases),
        ],
        Train = (methods, call) => LoraTechnique.Train(methods, call) with { FrozenFormat = Base(call) },
    };

    static TensorFormat? Base(TechniqueCall call)
    {
        string format = call.Choice("base", [.. bases.Select(name => (name, name))]);
        return format == OfFile ? null : BlockFormats.Parse(format);
    }
}
