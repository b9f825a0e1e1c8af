using Shoestring.Metering;
using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>What techniques of weight quantization have in common: the survey's claims, the options of the format, and what they do to it.</summary>
static class WeightQuantization
{
    /// <summary>The survey's row "weight quantization".</summary>
    public static IReadOnlyList<ResourceClaim> Claims { get; } =
    [
        new(Resource.Computation, Effect.Saves, false, "survey, table 2: decoding waits for memory, so fewer bytes take less time"),
        new(Resource.Memory, Effect.Saves, true, "survey, table 2: fewer bits for each weight"),
        new(Resource.Energy, Effect.Saves, true, "survey, table 2: fewer bytes moved and narrower arithmetic"),
        new(Resource.Money, Effect.Neutral, false, "survey, table 2 has no mark"),
        new(Resource.Communication, Effect.Saves, false, "survey, table 2: a smaller file to send"),
    ];

    public static TechniqueOption Format { get; } = new("format", nameof(QuantizationTarget.Q4_0),
        "format of most matrices; a name that ends in _S, _M or _L gives better formats to some, and S24_8 and S24_4 keep two of every four weights, for this engine alone (default: the smallest of the formats that every engine has a fast path for)",
        [.. QuantizationTargets.All.Select(target => target.ToString())]);

    public static TechniqueOption Pure { get; } = new("pure", "false", "give every matrix the same format, where its rows fit (default: as llama.cpp does)", ["true", "false"]);

    public static TechniqueOption Bits { get; } = new("bits", "0", "bits of a level, 2 to 8, simulated: stored as floats, so it saves no bytes; 0 takes each tensor's format", []);

    public static TechniqueOption GroupSize { get; } = new("group-size", "32", "columns that share a scale when bits is given (default: as the blocks of the smallest formats)", []);

    /// <summary>All of them, for techniques that round to formats or to simulated bits.</summary>
    public static TechniqueOption[] Options { get; } = [Format, Pure, Bits, GroupSize];

    /// <summary>Sets the formats that a call asks for; what is simulated is stored as halves, unless the model has floats already.</summary>
    /// <exception cref="InputException">The format is unknown, or another technique has chosen formats.</exception>
    public static GgufRewrite Choose(GgufRewrite rewrite, TechniqueCall call)
    {
        if (rewrite.Decisions.Any(decision => decision is MixedPrecisionPlan))
        {
            throw new InputException("mixed-precision before it chooses the formats, and this would replace them", $"-t {call.Technique.Id}", "give it before mixed-precision, without a format");
        }

        if (Rounding(call).Bits is null)
        {
            var choice = new QuantizationChoice(QuantizationTargets.Parse(call.Value("format")), call.Flag("pure"));
            return rewrite with { Quantization = choice, Notes = [.. rewrite.Notes, .. Sparse(rewrite, call, choice.Target)] };
        }

        bool floats = rewrite.Tensors.Where(TensorRoles.IsQuantized).All(tensor => tensor.Format.BlockElements() == 1);
        return rewrite with
        {
            Quantization = floats ? null : new QuantizationChoice(QuantizationTarget.F16, false),
            Notes = [.. rewrite.Notes, $"{call} is simulated: its values are stored as floats, and no bytes are saved"],
        };
    }

    // A 2:4 format has room for two of every four weights, whoever chooses them.
    static IEnumerable<string> Sparse(GgufRewrite rewrite, TechniqueCall call, QuantizationTarget target) =>
        target.UsualFormat().IsSparse() && !rewrite.Calls.Any(before => before.Given.GetValueOrDefault("pattern") == "2:4")
            ? [$"{call} keeps the two largest of every four weights, since no technique before it prunes to pattern=2:4"] : [];

    /// <summary>The rounding that a call asks for; to formats where the technique has no choice of bits.</summary>
    /// <exception cref="InputException">A number is out of range.</exception>
    public static LevelRounding Rounding(TechniqueCall call)
    {
        if (!call.Technique.Options.Contains(Bits))
        {
            return new LevelRounding(null);
        }

        int bits = call.Integer("bits", 0, 8), group = call.Integer("group-size", 8, 1 << 20);
        return bits == 1 ? throw new InputException("bits is 1", $"-t {call.Technique.Id}", "give 2 to 8, or 0 for each tensor's format")
            : new LevelRounding(bits == 0 ? null : bits, group);
    }
}
