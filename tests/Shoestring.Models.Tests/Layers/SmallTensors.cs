using System.Text;
using Shoestring.Tensors;

namespace Shoestring.Models.Tests;

/// <summary>The tensors of a small model by their GGUF names.</summary>
static class SmallTensors
{
    // Sharper attention than unit queries and keys give, so that what touches positions moves the logits.
    const double Sharpness = 1.5;

    public static IEnumerable<SmallTensor> Of(SmallShape shape)
    {
        yield return new("token_embd.weight", new(shape.Width, SmallShape.Vocabulary), 0, shape.Tied ? 0.1 : 1);
        if (shape.IsGpt2)
        {
            yield return new("position_embd.weight", new(shape.Width, shape.Context), 0, 0.1);
        }
        for (int b = 0; b < shape.Layers; b++)
        {
            foreach (SmallTensor tensor in shape.IsGpt2 ? Gpt2Block(shape, $"blk.{b}.") : LlamaBlock(shape, $"blk.{b}.").SelectMany(tensor => Factors(shape, tensor)))
            {
                yield return tensor;
            }
        }
        yield return Norm("output_norm", shape.Width);
        if (shape.IsGpt2)
        {
            yield return Bias("output_norm", shape.Width);
        }
        if (!shape.Tied)
        {
            yield return Matrix("output", shape.Width, SmallShape.Vocabulary, 2);
        }
    }

    static IEnumerable<SmallTensor> LlamaBlock(SmallShape shape, string block)
    {
        int queries = shape.Heads * shape.HeadChannels, keys = shape.KvHeads * shape.HeadChannels;
        yield return Norm(block + "attn_norm", shape.Width);
        yield return Matrix(block + "attn_q", shape.Width, queries, Sharpness);
        yield return Matrix(block + "attn_k", shape.Width, keys, Sharpness);
        yield return Matrix(block + "attn_v", shape.Width, keys);
        if (shape.Biases)
        {
            yield return Bias(block + "attn_q", queries);
            yield return Bias(block + "attn_k", keys);
            yield return Bias(block + "attn_v", keys);
        }
        if (shape.HeadNorms)
        {
            yield return Norm(block + "attn_q_norm", shape.HeadChannels);
            yield return Norm(block + "attn_k_norm", shape.HeadChannels);
        }
        yield return Matrix(block + "attn_output", queries, shape.Width);
        if (shape.Shortcuts)
        {
            yield return Matrix(block + "attn_shortcut", shape.Width, shape.Width);
            yield return Matrix(block + "ffn_shortcut", shape.Width, shape.Width);
        }
        yield return Norm(block + "ffn_norm", shape.Width);
        yield return Matrix(block + "ffn_gate", shape.Width, shape.FeedForward);
        yield return Matrix(block + "ffn_up", shape.Width, shape.FeedForward);
        yield return Matrix(block + "ffn_down", shape.FeedForward, shape.Width);
    }

    // A layer as the product of factors whose entries make it as large as it was.
    static IEnumerable<SmallTensor> Factors(SmallShape shape, SmallTensor tensor)
    {
        string layer = tensor.Name.Split('.')[2];
        if (shape.Rank == 0 || tensor.Shape.Rows == 1 || layer is "attn_k" or "ffn_up")
        {
            return [tensor];
        }
        string name = tensor.Name[..^".weight".Length];
        return
        [
            new($"{name}.low_rank_in.weight", new(tensor.Shape.Columns, shape.Rank), 0, 1 / Math.Sqrt(tensor.Shape.Columns)),
            new($"{name}.low_rank_out.weight", new(shape.Rank, tensor.Shape.Rows), 0, tensor.Deviation * Math.Sqrt(tensor.Shape.Columns) / Math.Sqrt(shape.Rank)),
        ];
    }

    static IEnumerable<SmallTensor> Gpt2Block(SmallShape shape, string block)
    {
        (string Name, int Columns, int Rows, double Gain)[] layers =
        [
            ("attn_qkv", shape.Width, 3 * shape.Width, Sharpness), ("attn_output", shape.Width, shape.Width, 1),
            ("ffn_up", shape.Width, shape.FeedForward, 1), ("ffn_down", shape.FeedForward, shape.Width, 1),
        ];
        foreach ((string name, int columns, int rows, double gain) in layers)
        {
            yield return Matrix(block + name, columns, rows, gain);
            yield return Bias(block + name, rows);
        }
        foreach (string norm in new[] { "attn_norm", "ffn_norm" })
        {
            yield return Norm(block + norm, shape.Width);
            yield return Bias(block + norm, shape.Width);
        }
    }

    static SmallTensor Matrix(string name, int columns, int rows, double gain = 1) => new($"{name}.weight", new(columns, rows), 0, gain / Math.Sqrt(columns));

    static SmallTensor Bias(string name, int columns) => new($"{name}.bias", new(columns), 0, 0.5);

    static SmallTensor Norm(string name, int columns) => new($"{name}.weight", new(columns), 1, 0.2);
}

/// <summary>The metadata of a small model: sizes, and a SentencePiece vocabulary of bytes and letters.</summary>
static class SmallMetadata
{
    public static GgufMetadata Of(SmallShape shape)
    {
        GgufMetadata metadata = GgufMetadata.Empty.With("general.architecture", GgufValue.From(shape.Architecture));
        foreach ((string key, GgufValue value) in Sizes(shape))
        {
            metadata = metadata.With($"{shape.Architecture}.{key}", value);
        }
        return Vocabulary().Aggregate(metadata, (all, pair) => all.With(pair.Key, pair.Value));
    }

    static IEnumerable<(string Key, GgufValue Value)> Sizes(SmallShape shape)
    {
        yield return ("context_length", Count(shape.Context));
        yield return ("embedding_length", Count(shape.Width));
        yield return ("block_count", Count(shape.Layers));
        yield return ("feed_forward_length", Count(shape.FeedForward));
        yield return ("attention.head_count", Count(shape.Heads));
        yield return ("attention.head_count_kv", Count(shape.KvHeads));
        if (shape.IsGpt2)
        {
            yield return ("attention.layer_norm_epsilon", GgufValue.From(1e-5f));
            yield break;
        }
        yield return ("attention.layer_norm_rms_epsilon", GgufValue.From(1e-6f));
        yield return ("attention.key_length", Count(shape.HeadChannels));
        yield return ("rope.dimension_count", Count(shape.RotaryChannels));
        yield return ("rope.freq_base", GgufValue.From(shape.RopeBase));
        if (shape.Window > 0)
        {
            yield return ("attention.sliding_window", Count(shape.Window));
        }
    }

    static GgufValue Count(int value) => GgufValue.From((uint)value);

    static IEnumerable<(string Key, GgufValue Value)> Vocabulary()
    {
        List<(string Text, PieceType Type)> pieces = [("<unk>", PieceType.Unknown), ("<s>", PieceType.Control), ("</s>", PieceType.Control)];
        pieces.AddRange(Enumerable.Range(0, 256).Select(b => ($"<0x{b:X2}>", PieceType.Byte)));
        for (int i = 0; pieces.Count < SmallShape.Vocabulary; i++)
        {
            pieces.Add((i == 0 ? "▁" : new Rune('A' + i - 1).ToString(), PieceType.Normal));
        }
        yield return ("tokenizer.ggml.model", GgufValue.From("llama"));
        yield return ("tokenizer.ggml.tokens", GgufValue.FromStrings([.. pieces.Select(p => p.Text)]));
        yield return ("tokenizer.ggml.scores", GgufValue.FromArray<float>([.. pieces.Select((_, id) => -(float)id)]));
        yield return ("tokenizer.ggml.token_type", GgufValue.FromArray<int>([.. pieces.Select(p => (int)p.Type)]));
        yield return ("tokenizer.ggml.bos_token_id", GgufValue.From(1u));
        yield return ("tokenizer.ggml.eos_token_id", GgufValue.From(2u));
        yield return ("tokenizer.ggml.unknown_token_id", GgufValue.From(0u));
    }
}
