using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>Which tensors a model's GGUF holds, in the order of its layers, and how each is made from another file's.</summary>
sealed class ConversionPlan(ModelFile source, ModelConfiguration model)
{
    readonly HashSet<string> used = new(StringComparer.Ordinal);
    readonly bool interleaves = model is { Architecture: "llama", Rotary.Layout: RotaryLayout.Halves };
    readonly bool layerNorms = model.Norm == NormKind.Layer;

    /// <summary>What the file holds and the model does not use.</summary>
    public List<string> LeftOut { get; } = [];

    /// <summary>The tensors, each found and its shape held against the configuration.</summary>
    public IEnumerable<ConvertedTensor> Tensors()
    {
        yield return Matrix("token_embd", model.Vocabulary, model.Width);
        if (model.Rotary == null)
        {
            yield return Matrix("position_embd", model.ContextLength, model.Width);
        }
        if (RopeFactors() is { } factors)
        {
            yield return factors;
        }
        for (int block = 0; block < model.Blocks.Count; block++)
        {
            foreach (ConvertedTensor tensor in Attention(block).Concat(FeedForward(block)))
            {
                yield return tensor;
            }
        }
        foreach (ConvertedTensor tensor in Norm("output_norm", model.Width))
        {
            yield return tensor;
        }
        if (!model.TiedEmbeddings)
        {
            yield return Matrix("output", model.Vocabulary, model.Width);
        }
    }

    /// <summary>
    /// Refuses a file with weights that none of the layers reads, which would be another model without them. What follows from
    /// the configuration (masks, rotary frequencies) and an output matrix beside a tied embedding are left out.
    /// </summary>
    public void RefuseOthers()
    {
        foreach (TensorEntry tensor in source.Tensors.Where(tensor => !used.Contains(tensor.Name)))
        {
            if (tensor.Name is "lm_head.weight" or "output.weight")
            {
                LeftOut.Add(tensor.Name);
            }
            else if (!TensorNames.FollowsFromConfiguration(tensor.Name))
            {
                throw new ModelFileException($"tensor {Names.Printable(tensor.Name)} has no place in a {model.Architecture} model of {model.Blocks.Count} blocks", source.Path,
                    "the folder holds another kind of model than its config.json says: fetch it again");
            }
        }
    }

    IEnumerable<ConvertedTensor> Attention(int block)
    {
        BlockShape shape = model.Blocks[block];
        int queries = shape.Heads * shape.HeadChannels, keys = shape.KvHeads * shape.HeadChannels;
        HeadRows? order = interleaves ? new HeadRows(shape.HeadChannels) : null;
        IEnumerable<ConvertedTensor> projections = model.Architecture == "gpt2"
            ? Linear(block, "attn_qkv", queries + (2 * keys), model.Width)
            : [.. Linear(block, "attn_q", queries, model.Width, order), .. Linear(block, "attn_k", keys, model.Width, order), .. Linear(block, "attn_v", keys, model.Width)];
        IEnumerable<ConvertedTensor> headNorms = model.Architecture != "qwen3" ? []
            : [.. Norm(TensorNames.Block(block, "attn_q_norm"), shape.HeadChannels), .. Norm(TensorNames.Block(block, "attn_k_norm"), shape.HeadChannels)];
        return [.. Norm(TensorNames.Block(block, "attn_norm"), model.Width), .. projections, .. headNorms, .. Linear(block, "attn_output", model.Width, queries)];
    }

    IEnumerable<ConvertedTensor> FeedForward(int block)
    {
        int inner = model.Blocks[block].FeedForwardWidth;
        IEnumerable<ConvertedTensor> gate = model.FeedForward == FeedForwardKind.GatedSilu ? Linear(block, "ffn_gate", inner, model.Width) : [];
        return [.. Norm(TensorNames.Block(block, "ffn_norm"), model.Width), .. gate, .. Linear(block, "ffn_up", inner, model.Width), .. Linear(block, "ffn_down", model.Width, inner)];
    }

    IEnumerable<ConvertedTensor> Norm(string name, int channels)
    {
        yield return Vector(name + ".weight", channels);
        if (layerNorms)
        {
            yield return Vector(name + ".bias", channels);
        }
    }

    /// <summary>A layer's matrix, and its bias where the file has one.</summary>
    IEnumerable<ConvertedTensor> Linear(int block, string layer, int outputs, int inputs, HeadRows? order = null)
    {
        string name = TensorNames.Block(block, layer), bias = name + ".bias";
        yield return Matrix(name, outputs, inputs, order);
        if (Find(bias) is not null)
        {
            yield return Vector(bias, outputs, order);
        }
    }

    ConvertedTensor Matrix(string layer, int outputs, int inputs, HeadRows? order = null)
    {
        string name = layer + ".weight";
        bool turned = model.Architecture == "gpt2" && TensorNames.IsTransposed(name) && Find(name) is { } entry && entry.Name != name;
        TensorEntry found = turned ? Checked(name, outputs, inputs) : Checked(name, inputs, outputs);
        return turned ? new TransposedTensor(source, found, name)
            : order is { } rows ? new HeadRowsTensor(source, found, name, rows)
            : new PlainTensor(source, found, name);
    }

    VectorTensor Vector(string name, int length, HeadRows? order = null) => new(source, Checked(name, length, 1), name, order);

    /// <summary>Llama 3's stretching, which GGUF holds as a divisor of each frequency.</summary>
    ValueTensor? RopeFactors()
    {
        if (model.Rotary is not { Settings: { Scaling: RotaryScaling.Llama3 } settings } rotary)
        {
            return null;
        }
        double[] plain = RotaryFrequencies.Plain(settings.Theta, settings.Channels);
        return new ValueTensor("rope_freqs.weight", [.. plain.Zip(rotary.Frequencies, (frequency, stretched) => (float)(frequency / stretched))]);
    }

    TensorEntry Checked(string name, int columns, int rows)
    {
        TensorEntry entry = Find(name) ?? throw new ModelFileException($"tensor {name} is missing", source.Path, "the model is incomplete: fetch it again");
        used.Add(entry.Name);
        return entry.Shape == new TensorShape(columns, rows) ? entry
            : throw new ModelFileException($"tensor {Names.Printable(entry.Name)} has shape {entry.Shape}, expected {new TensorShape(columns, rows)}", source.Path, "the configuration and the weights disagree: fetch the model again");
    }

    TensorEntry? Find(string name) => TensorNames.In(source, name);
}
