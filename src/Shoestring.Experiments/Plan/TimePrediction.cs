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
    readonly CacheOptions cache = RunSetup.Read(rewrite.Metadata).Cache ?? new CacheOptions();

    /// <summary>Bytes of weights that a generated token reads.</summary>
    public double BytesPerToken => Multiplied.Sum(tensor => (double)GeneratedFormat(tensor).RowBytes(tensor.Shape.Elements) * GeneratedShare(tensor));

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
    /// <param name="rows">Rows of prompts and answers.</param>
    /// <param name="logitRows">Rows that want logits.</param>
    /// <param name="generated">Those of the rows that come after their prompts.</param>
    public OperationCounts Products(long rows, long logitRows, long generated)
    {
        var counts = new OperationCounts();
        foreach (TensorEntry tensor in Multiplied)
        {
            bool isOfBlock = TensorNames.IsOfBlock(tensor.Name);
            counts += Operations(formats[tensor.Name], 2.0 * tensor.Shape.Elements * (isOfBlock ? rows - generated : logitRows));
            counts += Operations(GeneratedFormat(tensor), isOfBlock ? Math.Round(2.0 * tensor.Shape.Elements * GeneratedShare(tensor)) * generated : 0);
        }

        return counts;
    }

    static OperationCounts Operations(TensorFormat format, double operations) =>
        format.BlockElements() > 1 ? new OperationCounts(Int8: operations) : new OperationCounts(Float32: operations);

    // After a prompt some neurons are computed: rows of the first matrices of the layer, columns of the last.
    double GeneratedShare(TensorEntry tensor) => cache.Sparsity == 0 || !IsFeedForward(tensor) ? 1
        : (double)NeuronChoice.Kept(Neurons(tensor), cache.Sparsity) / Neurons(tensor);

    TensorFormat GeneratedFormat(TensorEntry tensor) => cache.Sparsity > 0 && IsDown(tensor) ? CostModel.ChosenInputsFormat(formats[tensor.Name]) : formats[tensor.Name];

    static int Neurons(TensorEntry tensor) => (int)(IsDown(tensor) ? tensor.Shape.Columns : tensor.Shape.Rows);

    static bool IsDown(TensorEntry tensor) => tensor.Name.EndsWith(".ffn_down.weight", StringComparison.Ordinal);

    static bool IsFeedForward(TensorEntry tensor) => IsDown(tensor) || tensor.Name.EndsWith(".ffn_up.weight", StringComparison.Ordinal) || tensor.Name.EndsWith(".ffn_gate.weight", StringComparison.Ordinal);

    /// <summary>Bytes that the weights take in memory: matrices in groups of rows as kernels read them, vectors as floats.</summary>
    public long ResidentBytes => ChosenBytes + tensors.Where(tensor => tensor.Name != "rope_freqs.weight").Sum(tensor =>
    {
        if (tensor.Shape.Rank == 1)
        {
            return tensor.Shape.Elements * sizeof(float);
        }

        long groups = (tensor.Shape.Rows + PackedLayout.GroupRows - 1) / PackedLayout.GroupRows;
        return new PackedLayout(formats[tensor.Name], (int)tensor.Shape.Columns).GroupBytes * groups;
    });

    // A sequence has the weights of its neurons for itself.
    long ChosenBytes => new CostModel(rewrite.ResultConfiguration).ChosenNeuronBytes((block, name) => formats[TensorNames.Block(block, name)], cache);

    bool IsQuantized(TensorEntry tensor) => formats[tensor.Name].BlockElements() > 1;

    IEnumerable<TensorEntry> Layers => tensors.Where(tensor => tensor.Shape.Rank > 1 && TensorNames.IsOfBlock(tensor.Name));

    // The embedding is looked up, not multiplied with, unless it is the output matrix too.
    IEnumerable<TensorEntry> Multiplied =>
        Layers.Append(tensors.FirstOrDefault(tensor => tensor.Name == "output.weight") ?? tensors.First(tensor => tensor.Name == "token_embd.weight"));
}
