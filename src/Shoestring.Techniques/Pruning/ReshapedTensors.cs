using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>What a model's tensors and metadata become when techniques remove heads and channels or make matrices into products of factors.</summary>
/// <param name="result">The model's shape afterwards.</param>
sealed class ReshapedTensors(ModelConfiguration result)
{
    /// <summary>The tensors in their new shapes.</summary>
    public IEnumerable<TensorEntry> Of(IEnumerable<TensorEntry> tensors) => tensors.SelectMany(tensor =>
    {
        int block = TensorRoles.Layer(tensor.Name);
        TensorEntry reshaped = block < 0 ? tensor : Reshaped(tensor, tensor.Name, Of(result.Blocks[block], tensor));
        return block >= 0 && Ranks(result.Blocks[block]).TryGetValue(tensor.Name.Split('.', 3)[2], out int rank) ? Factors(reshaped, rank) : [reshaped];
    });

    Dictionary<string, int> Ranks(BlockShape block) => LayerShape.Of(result, block).Where(layer => layer.Rank > 0).ToDictionary(layer => layer.Name + ".weight", layer => layer.Rank, StringComparer.Ordinal);

    static TensorEntry[] Factors(TensorEntry matrix, int rank)
    {
        string layer = matrix.Name[..^".weight".Length];
        return
        [
            Reshaped(matrix, TensorNames.FactorIn(layer), new TensorShape(matrix.Shape.Columns, rank)),
            Reshaped(matrix, TensorNames.FactorOut(layer), new TensorShape(rank, matrix.Shape.Rows)),
        ];
    }

    // Rows that a format's blocks do not fit any more get the next one that does.
    static TensorEntry Reshaped(TensorEntry tensor, string name, TensorShape shape)
    {
        TensorFormat format = QuantizationMix.Fit(shape.Columns, tensor.Format);
        return tensor with { Name = name, Shape = shape, Format = format, Bytes = format.TensorBytes(shape) };
    }

    /// <summary>The metadata with the new numbers of heads and channels, block by block only where blocks differ.</summary>
    public GgufMetadata Describe(GgufMetadata metadata)
    {
        string architecture = metadata.GetString("general.architecture");
        var channels = GgufValue.From((uint)result.Blocks[0].HeadChannels);
        return metadata
            .With($"{architecture}.feed_forward_length", Each(shape => shape.FeedForwardWidth))
            .With($"{architecture}.attention.head_count", Each(shape => shape.Heads))
            .With($"{architecture}.attention.head_count_kv", Each(shape => shape.KvHeads))
            .With($"{architecture}.attention.key_length", channels)
            .With($"{architecture}.attention.value_length", channels);
    }

    GgufValue Each(Func<BlockShape, int> of)
    {
        uint[] each = [.. result.Blocks.Select(shape => (uint)of(shape))];
        return each.Distinct().Count() == 1 ? GgufValue.From(each[0]) : GgufValue.FromArray<uint>(each);
    }

    TensorShape Of(BlockShape shape, TensorEntry tensor)
    {
        int queries = shape.Heads * shape.HeadChannels, keys = shape.KvHeads * shape.HeadChannels, inner = shape.FeedForwardWidth, width = result.Width;
        return tensor.Name.Split('.', 3)[2] switch
        {
            "attn_q.weight" => new(width, queries),
            "attn_q.bias" => new(queries),
            "attn_k.weight" or "attn_v.weight" => new(width, keys),
            "attn_k.bias" or "attn_v.bias" => new(keys),
            "attn_qkv.weight" => new(width, queries + (2 * keys)),
            "attn_qkv.bias" => new(queries + (2 * keys)),
            "attn_output.weight" => new(queries, width),
            "ffn_gate.weight" or "ffn_up.weight" => new(width, inner),
            "ffn_gate.bias" or "ffn_up.bias" => new(inner),
            "ffn_down.weight" => new(inner, width),
            _ => tensor.Shape,
        };
    }
}
