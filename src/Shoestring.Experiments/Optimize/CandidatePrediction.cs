using Shoestring.Metering;
using Shoestring.Techniques;
using Shoestring.Tensors;

namespace Shoestring.Experiments;

/// <summary>What a candidate is expected to come to, from the model's shape and this machine's limits.</summary>
sealed class CandidatePrediction(GgufFile model, MeasurerOptions options)
{
    /// <summary>Bytes on disk, and the most that memory bandwidth and arithmetic allow.</summary>
    public CandidateForecast Of(CandidatePlan plan)
    {
        GgufRewrite rewrite = GgufRewrite.Plan(model, [.. plan.Techniques.Select(TechniqueCall.Parse)]);
        var planned = new ModelPlan(rewrite, plan.Label, new PlannedWork(options.Bench.PromptTokens, options.Bench.GenerateTokens), options.Meter);
        Receipt receipt = planned.Receipt();
        return new CandidateForecast(new CandidateFigures
        {
            StoredBytes = receipt.Memory.StoredBytes,
            DecodeTokensPerSecond = planned.DecodeTokensPerSecond,
            PrefillTokensPerSecond = planned.PrefillTokensPerSecond,
        }, receipt)
        {
            Parameters = rewrite.Tensors.Where(tensor => tensor.Name != "rope_freqs.weight").Sum(tensor => tensor.Shape.Elements),
        };
    }
}
