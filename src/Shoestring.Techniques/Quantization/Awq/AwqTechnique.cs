namespace Shoestring.Techniques;

/// <summary>AWQ: rounding after channels were scaled by what flows through them.</summary>
public static class AwqTechnique
{
    /// <summary>The technique's place, claims and options.</summary>
    public static Technique Description { get; } = new(
        "awq", SurveyTree.Quantization, "scales channels by their activations on a calibration text before rounding, so that the weights that matter lose least")
    {
        Papers =
        [
            new("AWQ: Activation-aware Weight Quantization for LLM Compression and Acceleration", "2306.00978", 2023),
        ],
        Claims = WeightQuantization.Claims,
        Options =
        [
            .. WeightQuantization.Options,
            new("steps", "20", "exponents tried between 0 and 1 (the authors' code)", []),
        ],
        Apply = (rewrite, call) => WeightQuantization.Choose(rewrite, call) with
        {
            Transforms =
            [
                .. rewrite.Transforms,
                new AwqTransform(new AwqOptions(WeightQuantization.Rounding(call), call.Integer("steps", 1, 1000))),
                new RoundTransform(WeightQuantization.Rounding(call), isTentative: true),
            ],
        },
    };
}
