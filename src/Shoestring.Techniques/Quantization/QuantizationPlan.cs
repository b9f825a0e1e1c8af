using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>What of a model's shape decides on its mix.</summary>
/// <param name="Layers">Number of blocks.</param>
/// <param name="Heads">Query heads of the first block.</param>
/// <param name="KeyValueHeads">Key and value heads of the first block.</param>
public sealed record MixShape(int Layers, int Heads, int KeyValueHeads)
{
    /// <summary>Query heads that share a key and value head.</summary>
    public int QueriesPerKey => KeyValueHeads > 0 ? Heads / KeyValueHeads : 0;
}

/// <summary>A tensor that could not get the format meant for it, because its rows are no whole number of blocks.</summary>
/// <param name="Tensor">The tensor.</param>
/// <param name="Wanted">The format meant for it.</param>
/// <param name="Got">The format that it gets.</param>
public sealed record FormatFallback(TensorEntry Tensor, TensorFormat Wanted, TensorFormat Got)
{
    /// <summary>One line for a report.</summary>
    public override string ToString() =>
        $"{Tensor.Name}: {Got.Name()} in place of {Wanted.Name()}, since {Tensor.Shape.Columns} columns are no multiple of {Wanted.BlockElements()}";
}

/// <summary>The format of every tensor of a model.</summary>
/// <param name="Target">What was asked for.</param>
/// <param name="Formats">Format by tensor name, for all tensors: those that stay as they are have their own.</param>
/// <param name="Fallbacks">Where the target could not be met, in layer order.</param>
public sealed record QuantizationPlan(
    QuantizationTarget Target, IReadOnlyDictionary<string, TensorFormat> Formats, IReadOnlyList<FormatFallback> Fallbacks)
{
    /// <summary>Bytes of all tensors once quantized, without header and padding.</summary>
    public long TensorBytes(IEnumerable<TensorEntry> tensors) => tensors.Sum(tensor => Formats[tensor.Name].TensorBytes(tensor.Shape));
}
