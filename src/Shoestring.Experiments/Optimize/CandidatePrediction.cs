using Shoestring.Metering;
using Shoestring.Techniques;
using Shoestring.Tensors;

namespace Shoestring.Experiments;

/// <summary>What a candidate is expected to come to, from the model's shape and this machine's limits.</summary>
/// <param name="model">The original, open.</param>
/// <param name="options">How candidates are measured.</param>
/// <param name="floor">Physical memory that the process holds with no model loaded.</param>
sealed class CandidatePrediction(GgufFile model, MeasurerOptions options, Figure floor)
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
            PeakResidentBytes = Peak(receipt.Memory),
            DecodeTokensPerSecond = planned.DecodeTokensPerSecond,
            PrefillTokensPerSecond = planned.PrefillTokensPerSecond,
        }, receipt)
        {
            Parameters = rewrite.Tensors.Where(tensor => tensor.Name != "rope_freqs.weight").Sum(tensor => tensor.Shape.Elements),
        };
    }

    // What kernels take for themselves, and what the runtime grows by, is not in it: some megabytes.
    Figure Peak(MemoryFigures planned) => floor.Value is { } held
        ? Figure.Modelled(held + planned.WeightBytes.Value!.Value + planned.KvCacheBytes.Value!.Value + planned.ActivationBytes.Value!.Value, Units.Bytes,
            "the process without a model + weights + cache + activations")
        : Figure.Unavailable(Units.Bytes, floor.How);
}
