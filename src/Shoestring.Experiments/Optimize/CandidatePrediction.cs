using Shoestring.Metering;
using Shoestring.Models;
using Shoestring.Techniques;
using Shoestring.Tensors;

namespace Shoestring.Experiments;

/// <summary>What a candidate is expected to come to, from the model's shape and this machine's limits.</summary>
sealed class CandidatePrediction(GgufFile model, MeasurerOptions options)
{
    readonly ModelConfiguration configuration = ConfigurationReader.Read(model);

    /// <summary>Bytes on disk, and the most that memory bandwidth and arithmetic allow.</summary>
    public CandidateFigures Of(CandidatePlan plan)
    {
        GgufRewrite rewrite = GgufRewrite.Plan(model, [.. plan.Techniques.Select(TechniqueCall.Parse)]);
        double stored = plan.Techniques.Count == 0 ? model.FileBytes : rewrite.FileBytes;
        return new CandidateFigures
        {
            StoredBytes = Figure.Modelled(stored, Units.Bytes, "header, tensors in their planned formats and padding"),
            DecodeTokensPerSecond = Decode(rewrite),
            PrefillTokensPerSecond = Prefill(rewrite),
        };
    }

    Figure Decode(GgufRewrite rewrite)
    {
        if (options.Meter.Limits is not { } limits)
        {
            return Figure.Unavailable(Units.TokensPerSecond, options.Meter.NoLimitsReason);
        }

        double bandwidth = options.Meter.Threads == 1 ? limits.ReadBytesPerSecondOneThread : limits.ReadBytesPerSecond;
        IReadOnlyDictionary<string, TensorFormat> formats = rewrite.Formats.Formats;
        double bytes = Multiplied(rewrite).Sum(tensor => formats[tensor.Name].TensorBytes(tensor.Shape));
        return Figure.Modelled(bandwidth / bytes, Units.TokensPerSecond,
            $"memory read {FigureText.Format(bandwidth, Units.BytesPerSecond)} / {FigureText.Bytes(bytes)} of weights a token: the most that a model larger than the caches can reach");
    }

    Figure Prefill(GgufRewrite rewrite)
    {
        if (options.Meter.Limits is not { } limits)
        {
            return Figure.Unavailable(Units.TokensPerSecond, options.Meter.NoLimitsReason);
        }

        bool one = options.Meter.Threads == 1;
        double floats = one ? limits.Float32FlopsPerSecondOneThread : limits.Float32FlopsPerSecond;
        double integers = (one ? limits.Int8OperationsPerSecondOneThread : limits.Int8OperationsPerSecond) ?? floats;
        int prompt = options.Bench.PromptTokens;
        IReadOnlyDictionary<string, TensorFormat> formats = rewrite.Formats.Formats;
        double seconds = Layers.Sum(tensor => 2.0 * tensor.Shape.Elements / (formats[tensor.Name].BlockElements() > 1 ? integers : floats))
            + (new CostModel(configuration).AttentionFlops(new WorkSpan(0, prompt)) / prompt / floats);
        return Figure.Modelled(1 / seconds, Units.TokensPerSecond,
            "1 / (operations of a prompt token over this machine's limits for their operands): the most that arithmetic allows");
    }

    IEnumerable<TensorEntry> Layers => model.Tensors.Where(tensor => tensor.Shape.Rank > 1 && tensor.Name.StartsWith("blk.", StringComparison.Ordinal));

    // The embedding is looked up, not multiplied with, unless it is the output matrix too.
    IEnumerable<TensorEntry> Multiplied(GgufRewrite rewrite) =>
        Layers.Append(rewrite.Tensors.FirstOrDefault(tensor => tensor.Name == "output.weight") ?? model.Find("token_embd.weight")!);
}
