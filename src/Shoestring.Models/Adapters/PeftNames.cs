using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>The names that PEFT gives to the layers of Hugging Face's models.</summary>
static class PeftNames
{
    const string Prefix = "base_model.model.", Transformer = "transformer.";

    /// <summary>A layer's name: base_model.model.model.layers.0.self_attn.q_proj.</summary>
    public static string Of(string layer, ModelConfiguration model)
    {
        string gguf = layer + ".weight";
        string? name = FusedParts.IsFused(model) ? TensorNames.ToGpt2(gguf) is { } gpt2 ? Transformer + gpt2 : null : TensorNames.ToHuggingFace(gguf);
        return name is null ? throw new InputException($"{Names.Printable(layer)} has no name in Hugging Face's models", "adapter", "write it as GGUF") : Prefix + name[..^".weight".Length];
    }

    /// <summary>What a layer is called within its block, as target_modules lists it: q_proj, c_attn.</summary>
    public static string Module(string layer, ModelConfiguration model) => Of(layer, model).Split('.')[^1];

    /// <summary>Every layer that PEFT can name in a model, by that name.</summary>
    public static Dictionary<string, string> Layers(ModelConfiguration model)
    {
        Dictionary<string, string> layers = new(StringComparer.Ordinal);
        for (int block = 0; block < model.Blocks.Count; block++)
        {
            IEnumerable<string> names = LayerShape.Of(model, model.Blocks[block]).Select(layer => layer.Name).Where(name => !name.EndsWith("_shortcut", StringComparison.Ordinal));
            if (FusedParts.IsFused(model))
            {
                names = names.Where(name => name is not ("attn_q" or "attn_k" or "attn_v")).Append("attn_qkv");
            }
            foreach (string name in names)
            {
                string layer = TensorNames.Block(block, name);
                layers.Add(Of(layer, model), layer);
            }
        }
        return layers;
    }
}
