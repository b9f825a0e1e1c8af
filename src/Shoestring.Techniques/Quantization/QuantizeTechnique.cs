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
        Claims = WeightQuantization.Claims,
        Options = WeightQuantization.Options,
        Apply = (rewrite, call) => WeightQuantization.Choose(rewrite, call) with { Transforms = [.. rewrite.Transforms, new RoundTransform(WeightQuantization.Rounding(call))] },
    };
}
