using Shoestring.Metering;
using Shoestring.Techniques;
using Shoestring.Tensors;

namespace Shoestring.Experiments;

/// <summary>What a candidate is expected to come to, from the model's shape and this machine's limits.</summary>
sealed class CandidatePrediction(GgufFile model, MeasurerOptions options)
{
    /// <summary>Bytes on disk, and the most that memory bandwidth and arithmetic allow.</summary>
    public CandidateFigures Of(CandidatePlan plan)
    {
        GgufRewrite rewrite = GgufRewrite.Plan(model, [.. plan.Techniques.Select(TechniqueCall.Parse)]);
        var times = new TimePrediction(rewrite, options.Meter);
        return new CandidateFigures
        {
            StoredBytes = Figure.Modelled(plan.Techniques.Count == 0 ? model.FileBytes : rewrite.FileBytes, Units.Bytes, "header, tensors in their planned formats and padding"),
            DecodeTokensPerSecond = times.Decode(),
            PrefillTokensPerSecond = times.Prefill(options.Bench.PromptTokens),
        };
    }
}
