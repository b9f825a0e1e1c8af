using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>What fine-tuning learned beside a model that stayed as it is: small, and made for the shapes of one model.</summary>
/// <param name="Parts">What it holds for each layer, in the order of the layers.</param>
public sealed record Adapter(IReadOnlyList<AdapterPart> Parts)
{
    /// <summary>Numbers that it holds.</summary>
    public long Elements => Parts.Sum(part => part.Values.Sum(values => (long)values.Length));

    /// <summary>Its own bytes, in floats.</summary>
    public long Bytes => Elements * sizeof(float);

    /// <summary>Holds it against a model: every layer must be there with the shape that the part was made for, once, and every number be finite.</summary>
    /// <param name="model">The model.</param>
    /// <param name="where">What messages call the adapter.</param>
    /// <returns>This.</returns>
    /// <exception cref="ModelFileException">It was made for another model, or is damaged.</exception>
    public Adapter Checked(ModelConfiguration model, string where)
    {
        HashSet<string> seen = new(StringComparer.Ordinal);
        Dictionary<string, LayerShape> layers = Layers(model);
        CheckVirtual(model, where);
        foreach (AdapterPart part in Parts)
        {
            if (part.VirtualRows > 0)
            {
                CheckPart(part, where);
                continue;
            }
            if (!layers.TryGetValue(part.Layer, out LayerShape? layer))
            {
                throw new ModelFileException($"it adapts {Names.Printable(part.Layer)}, which the model of {model.Blocks.Count} blocks does not have", where, "take the model that it was trained on");
            }
            if ((part.Outputs ?? layer.Outputs) != layer.Outputs || (part.Inputs ?? layer.Inputs) != layer.Inputs)
            {
                throw new ModelFileException($"it was made for {part.Layer} of {part.Inputs ?? layer.Inputs} inputs and {part.Outputs ?? layer.Outputs} outputs, and the model's has {layer.Inputs} and {layer.Outputs}", where, "take the model that it was trained on");
            }
            if (!seen.Add(part.Layer))
            {
                throw new ModelFileException($"it adapts {part.Layer} twice", where, "write the file again");
            }
            CheckPart(part, where);
        }
        return Parts.Count > 0 ? this : throw new ModelFileException("it adapts no layer", where, "take an adapter that was trained");
    }

    /// <summary>Rows that it puts before every text.</summary>
    public int VirtualRows => Parts.Max(part => part.VirtualRows);

    // What stands before a text is one thing, as wide as the model, or one in every block.
    void CheckVirtual(ModelConfiguration model, string where)
    {
        if (Parts.All(part => part.VirtualRows == 0))
        {
            return;
        }
        bool isPrompt = Parts is [PromptPart prompt] && prompt.Rows.Length == prompt.Count * model.Width;
        bool isPrefix = Parts.Count == model.Blocks.Count && Parts.Select((part, block) => part is PrefixPart prefix && prefix.Block == block && prefix.Count == Parts[0].VirtualRows
            && prefix.Keys.Length == prefix.Count * model.Blocks[block].KvHeads * model.Blocks[block].HeadChannels && prefix.BlockValues.Length == prefix.Keys.Length).All(fits => fits);
        if (!isPrompt && !isPrefix)
        {
            throw new ModelFileException($"what it puts before texts does not fit a model of width {model.Width} and {model.Blocks.Count} blocks", where, "take the model that it was trained on");
        }
        if (model.Rotary is null && Parts[0].VirtualRows >= model.ContextLength)
        {
            throw new ModelFileException($"it takes {Parts[0].VirtualRows} of the {model.ContextLength} positions that the model has learned", where, "take a shorter one");
        }
    }

    static void CheckPart(AdapterPart part, string where)
    {
        if (part.Values.Any(values => !Array.TrueForAll(values, float.IsFinite)) || part is LowRankPart low && !float.IsFinite(low.Scale))
        {
            throw new ModelFileException($"a number of {part.Layer} is not finite", where, "train it again with a lower learning rate, or fetch it again");
        }
        if (part is SerialPart && part.Layer.Split('.')[^1] is not ("attn_output" or "ffn_down"))
        {
            throw new ModelFileException($"it puts a serial adapter behind {part.Layer}", where, "put them behind attn_output and ffn_down, the ends of sublayers");
        }
        if (part is ChannelPart { OfInputs: true } && !part.Layer.EndsWith(".ffn_down", StringComparison.Ordinal))
        {
            throw new ModelFileException($"it scales the inputs of {part.Layer}, which other layers read too", where, "scale those of ffn_down alone");
        }
    }

    static Dictionary<string, LayerShape> Layers(ModelConfiguration model) => Enumerable.Range(0, model.Blocks.Count)
        .SelectMany(block => LayerShape.Of(model, model.Blocks[block]).Where(layer => !layer.Name.EndsWith("_shortcut", StringComparison.Ordinal)).Select(layer => (Name: TensorNames.Block(block, layer.Name), layer)))
        .ToDictionary(layer => layer.Name, layer => layer.layer, StringComparer.Ordinal);
}
