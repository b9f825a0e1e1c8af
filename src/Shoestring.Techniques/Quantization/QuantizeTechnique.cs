using Shoestring.Metering;

namespace Shoestring.Techniques;

/// <summary>Rounding of weights to the nearest value of a block format, without calibration.</summary>
public static class QuantizeTechnique
{
    /// <summary>The technique's place, claims and options.</summary>
    public static Technique Description { get; } = new(
        "quantize", SurveyTree.Quantization, "rounds each weight to the nearest value of a format of 2 to 16 bits, block by block")
    {
        Papers =
        [
            new("Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference", "1712.05877", 2017),
            new("GPTQ: Accurate Post-Training Quantization for Generative Pre-trained Transformers", "2210.17323", 2022),
        ],
        Claims =
        [
            new(Resource.Computation, Effect.Saves, false, "survey, table 2: decoding waits for memory, so fewer bytes take less time"),
            new(Resource.Memory, Effect.Saves, true, "survey, table 2: fewer bits for each weight"),
            new(Resource.Energy, Effect.Saves, true, "survey, table 2: fewer bytes moved and narrower arithmetic"),
            new(Resource.Money, Effect.Neutral, false, "survey, table 2 has no mark"),
            new(Resource.Communication, Effect.Saves, false, "survey, table 2: a smaller file to send"),
        ],
        Options =
        [
            new("format", nameof(QuantizationTarget.Q4_0), "format of most matrices; a name that ends in _S, _M or _L gives better formats to some (default: the smallest of the formats that every engine has a fast path for)",
                [.. QuantizationTargets.All.Select(target => target.ToString())]),
            new("pure", "false", "give every matrix the same format, where its rows fit (default: as llama.cpp does)", ["true", "false"]),
        ],
    };

    /// <summary>The target that a call asks for.</summary>
    /// <exception cref="Tensors.InputException">The format is unknown; the message lists those there are.</exception>
    public static QuantizationTarget Target(TechniqueCall call) => QuantizationTargets.Parse(call.Value("format"));

    /// <summary>Whether a call asks for one format throughout.</summary>
    /// <exception cref="Tensors.InputException">The value is neither true nor false.</exception>
    public static bool IsPure(TechniqueCall call) => call.Flag("pure");
}
