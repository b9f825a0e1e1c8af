using Shoestring.Metering;
using Shoestring.Models;
using Shoestring.Techniques;
using Shoestring.Tensors;

namespace Shoestring.Experiments;

/// <summary>How fast a model can be on this machine at the most, from what its tensors will be and the machine's measured limits.</summary>
/// <param name="rewrite">The model with techniques applied.</param>
/// <param name="meter">The machine.</param>
sealed class TimePrediction(GgufRewrite rewrite, MeterOptions meter)
{
    readonly IReadOnlyDictionary<string, TensorFormat> formats = rewrite.Formats.Formats;
    readonly IReadOnlyList<TensorEntry> tensors = rewrite.Tensors;

    /// <summary>Bytes of weights that a generated token reads.</summary>
    public double BytesPerToken => Multiplied.Sum(tensor => (double)formats[tensor.Name].TensorBytes(tensor.Shape));

    /// <summary>Generated tokens a second, one sequence.</summary>
    public Figure Decode()
    {
        if (meter.Limits is not { } limits)
        {
            return Figure.Unavailable(Units.TokensPerSecond, meter.NoLimitsReason);
        }

        double bandwidth = meter.Threads == 1 ? limits.ReadBytesPerSecondOneThread : limits.ReadBytesPerSecond;
        return Figure.Modelled(bandwidth / BytesPerToken, Units.TokensPerSecond,
            $"memory read {FigureText.Format(bandwidth, Units.BytesPerSecond)} / {FigureText.Bytes(BytesPerToken)} of weights a token: the most that a model larger than the caches can reach");
    }

    /// <summary>Prompt tokens a second.</summary>
    /// <param name="prompt">Tokens of the prompt.</param>
    public Figure Prefill(int prompt)
    {
        if (meter.Limits is not { } limits)
        {
            return Figure.Unavailable(Units.TokensPerSecond, meter.NoLimitsReason);
        }

        bool one = meter.Threads == 1;
        double floats = one ? limits.Float32FlopsPerSecondOneThread : limits.Float32FlopsPerSecond;
        double integers = (one ? limits.Int8OperationsPerSecondOneThread : limits.Int8OperationsPerSecond) ?? floats;
        double seconds = Layers.Sum(tensor => 2.0 * tensor.Shape.Elements / (IsQuantized(tensor) ? integers : floats))
            + (new CostModel(rewrite.ResultConfiguration).AttentionFlops(new WorkSpan(0, prompt)) / prompt / floats);
        return Figure.Modelled(1 / seconds, Units.TokensPerSecond,
            "1 / (operations of a prompt token over this machine's limits for their operands): the most that arithmetic allows");
    }

    /// <summary>Operations of products by the width of their operands: rows through the blocks, and rows through the output matrix.</summary>
    public OperationCounts Products(long rows, long logitRows)
    {
        var counts = new OperationCounts();
        foreach (TensorEntry tensor in Multiplied)
        {
            double operations = 2.0 * tensor.Shape.Elements * (TensorNames.IsOfBlock(tensor.Name) ? rows : logitRows);
            counts += IsQuantized(tensor) ? new OperationCounts(Int8: operations) : new OperationCounts(Float32: operations);
        }

        return counts;
    }

    /// <summary>Bytes that the weights take in memory: matrices in groups of rows as kernels read them, vectors as floats.</summary>
    public long ResidentBytes => tensors.Where(tensor => tensor.Name != "rope_freqs.weight").Sum(tensor =>
    {
        if (tensor.Shape.Rank == 1)
        {
            return tensor.Shape.Elements * sizeof(float);
        }

        long groups = (tensor.Shape.Rows + PackedLayout.GroupRows - 1) / PackedLayout.GroupRows;
        return new PackedLayout(formats[tensor.Name], (int)tensor.Shape.Columns).GroupBytes * groups;
    });

    bool IsQuantized(TensorEntry tensor) => formats[tensor.Name].BlockElements() > 1;

    IEnumerable<TensorEntry> Layers => tensors.Where(tensor => tensor.Shape.Rank > 1 && TensorNames.IsOfBlock(tensor.Name));

    // The embedding is looked up, not multiplied with, unless it is the output matrix too.
    IEnumerable<TensorEntry> Multiplied =>
        Layers.Append(tensors.FirstOrDefault(tensor => tensor.Name == "output.weight") ?? tensors.First(tensor => tensor.Name == "token_embd.weight"));
}
