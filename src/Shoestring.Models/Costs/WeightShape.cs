using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>A weight of a model, by its configuration alone.</summary>
/// <param name="Name">Its name in GGUF.</param>
/// <param name="Rows">Outputs; 1 for a vector.</param>
/// <param name="Columns">Inputs, or a vector's channels.</param>
public sealed record WeightShape(string Name, int Rows, int Columns)
{
    /// <summary>Whether it is held as a matrix.</summary>
    public bool IsMatrix => Rows > 1;

    /// <summary>Elements.</summary>
    public long Elements => (long)Rows * Columns;

    /// <summary>Floats that it takes in memory: a matrix is padded to groups of 16 rows.</summary>
    public long PackedElements => IsMatrix ? (Rows + PackedLayout.GroupRows - 1L) / PackedLayout.GroupRows * PackedLayout.GroupRows * Columns : Columns;

    /// <summary>The weights of a model of the Llama, Qwen and GPT-2 families as its file has them, in their order.</summary>
    /// <param name="model">The model; without low-rank layers and shortcuts.</param>
    /// <param name="fused">Whether GPT-2's query, key and value are one matrix, as in its file, or apart, as they learn.</param>
    public static IEnumerable<WeightShape> Of(ModelConfiguration model, bool fused)
    {
        yield return new("token_embd.weight", model.Vocabulary, model.Width);
        if (model.Rotary is null)
        {
            yield return new("position_embd.weight", model.ContextLength, model.Width);
        }
        for (int b = 0; b < model.Blocks.Count; b++)
        {
            foreach (WeightShape weight in OfBlock(model, model.Blocks[b], fused))
            {
                yield return weight with { Name = TensorNames.Block(b, weight.Name) };
            }
        }
        foreach (WeightShape weight in Norm(model, "output_norm", model.Width))
        {
            yield return weight;
        }
        if (!model.TiedEmbeddings)
        {
            yield return new("output.weight", model.Vocabulary, model.Width);
        }
    }

    static IEnumerable<WeightShape> OfBlock(ModelConfiguration model, BlockShape block, bool fused)
    {
        bool gpt2 = model.Norm == NormKind.Layer, qwen2 = model.Architecture == "qwen2";
        List<WeightShape> weights = [.. Norm(model, "attn_norm", model.Width)];
        if (model.HasHeadNorms)
        {
            weights.AddRange([.. Norm(model, "attn_q_norm", block.HeadChannels), .. Norm(model, "attn_k_norm", block.HeadChannels)]);
        }
        weights.AddRange(Norm(model, "ffn_norm", model.Width));
        IEnumerable<LayerShape> layers = LayerShape.Of(model, block);
        if (gpt2 && fused)
        {
            layers = layers.Where(layer => layer.Name is not ("attn_q" or "attn_k" or "attn_v"))
                .Prepend(new LayerShape("attn_qkv", (block.Heads + 2 * block.KvHeads) * block.HeadChannels, model.Width, 0));
        }
        foreach (LayerShape layer in layers)
        {
            weights.Add(new(layer.Name + ".weight", layer.Outputs, layer.Inputs));
            if (gpt2 || (qwen2 && layer.Name is ("attn_q" or "attn_k" or "attn_v")))
            {
                weights.Add(new(layer.Name + ".bias", 1, layer.Outputs));
            }
        }
        return weights;
    }

    static IEnumerable<WeightShape> Norm(ModelConfiguration model, string name, int channels) =>
        model.Norm == NormKind.Layer ? [new(name + ".weight", 1, channels), new(name + ".bias", 1, channels)] : [new(name + ".weight", 1, channels)];
}
