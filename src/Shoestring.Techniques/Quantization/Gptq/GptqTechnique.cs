namespace Shoestring.Techniques;

/// <summary>GPTQ: post-training quantization that makes up for each column's error.</summary>
public static class GptqTechnique
{
    /// <summary>The technique's place, claims and options.</summary>
    public static Technique Description { get; } = new(
        "gptq", SurveyTree.Quantization, "rounds weights column by column, later columns making up for the errors of earlier ones on a calibration text")
    {
        Papers =
        [
            new("GPTQ: Accurate Post-Training Quantization for Generative Pre-trained Transformers", "2210.17323", 2022),
        ],
        Claims = WeightQuantization.Claims,
        Options =
        [
            .. WeightQuantization.Options,
            new("act-order", "true", "go through columns by falling importance, with scales fitted beforehand (the authors' later addition to their code)", ["true", "false"]),
            new("damping", "0.01", "share of the mean of the Hessian's diagonal that is added to it (the paper's §3.3: 1 %)", []),
        ],
        Apply = (rewrite, call) => WeightQuantization.Choose(rewrite, call) with
        {
            Transforms = [.. RoundTransform.Replaced(rewrite.Transforms), new GptqTransform(new GptqOptions(WeightQuantization.Rounding(call), call.Flag("act-order"), call.Number("damping", 1e-6, 1)))],
        },
    };
}
