namespace Shoestring.Tensors;

/// <summary>Where a llama2.c file has each tensor. It holds one kind after the other, each for all layers.</summary>
static class Llama2cLayout
{
    /// <summary>The tensors with their places.</summary>
    /// <exception cref="ModelFileException">The file's size is not what the header asks for.</exception>
    public static List<TensorEntry> Place(Llama2cConfig config, ByteSource file)
    {
        var tensors = new List<TensorEntry>();
        UInt128 offset = (uint)config.HeaderBytes;
        foreach (var (name, shape) in config.Version == 0 ? Original(config) : Versioned(config))
        {
            // No overflow: a 128-bit sum of at most 2^16 products of at most four 31-bit numbers.
            var bytes = 4 * (UInt128)(ulong)shape.Columns * (ulong)shape.Rows;
            if (offset + bytes > (ulong)file.Length)
            {
                throw Llama2cConfig.Fault($"it has {file.Length} bytes and ends before tensor '{name ?? "rotary table"}' does", file.Name);
            }

            if (name is not null)
            {
                tensors.Add(new TensorEntry(name, shape, TensorFormat.F32, 0, (long)offset, (long)bytes));
            }

            offset += bytes;
        }

        return offset == (ulong)file.Length
            ? tensors
            : throw Llama2cConfig.Fault($"it has {file.Length} bytes and its header asks for {offset}", file.Name);
    }

    /// <summary>Version 0; a missing name stands for the two tables of rotary angles, which nobody needs.</summary>
    static IEnumerable<(string? Name, TensorShape Shape)> Original(Llama2cConfig config)
    {
        var vectors = new TensorShape(config.Dimension);
        IEnumerable<(string? Name, TensorShape Shape)> rotary = [(null, new TensorShape(config.HeadDimension, config.SequenceLength))];
        return Embedding(config)
            .Concat(PerLayer(config, "attn_norm", vectors))
            .Concat(Attention(config))
            .Concat(PerLayer(config, "ffn_norm", vectors))
            .Concat(FeedForward(config))
            .Append(("output_norm.weight", vectors))
            .Concat(rotary)
            .Concat(Output(config));
    }

    static IEnumerable<(string? Name, TensorShape Shape)> Versioned(Llama2cConfig config)
    {
        var vectors = new TensorShape(config.Dimension);
        return PerLayer(config, "attn_norm", vectors)
            .Concat(PerLayer(config, "ffn_norm", vectors))
            .Append(("output_norm.weight", vectors))
            .Concat(Embedding(config))
            .Concat(Attention(config))
            .Concat(FeedForward(config))
            .Concat(Output(config));
    }

    static IEnumerable<(string? Name, TensorShape Shape)> Embedding(Llama2cConfig config) =>
        [("token_embd.weight", new TensorShape(config.Dimension, config.VocabularySize))];

    static IEnumerable<(string? Name, TensorShape Shape)> Output(Llama2cConfig config) =>
        config.SharedClassifier ? [] : [("output.weight", new TensorShape(config.Dimension, config.VocabularySize))];

    static IEnumerable<(string? Name, TensorShape Shape)> Attention(Llama2cConfig config)
    {
        var square = new TensorShape(config.Dimension, config.Dimension);
        var keys = new TensorShape(config.Dimension, (long)config.HeadDimension * config.KeyValueHeads);
        return PerLayer(config, "attn_q", square)
            .Concat(PerLayer(config, "attn_k", keys))
            .Concat(PerLayer(config, "attn_v", keys))
            .Concat(PerLayer(config, "attn_output", square));
    }

    static IEnumerable<(string? Name, TensorShape Shape)> FeedForward(Llama2cConfig config)
    {
        var widening = new TensorShape(config.Dimension, config.HiddenDimension);
        return PerLayer(config, "ffn_gate", widening)
            .Concat(PerLayer(config, "ffn_down", new TensorShape(config.HiddenDimension, config.Dimension)))
            .Concat(PerLayer(config, "ffn_up", widening));
    }

    static IEnumerable<(string? Name, TensorShape Shape)> PerLayer(Llama2cConfig config, string name, TensorShape shape) =>
        Enumerable.Range(0, config.Layers).Select(layer => ((string?)$"blk.{layer}.{name}.weight", shape));
}
