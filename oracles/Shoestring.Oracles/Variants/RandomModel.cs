using System.Runtime.InteropServices;
using System.Text;
using Shoestring.Tensors;

namespace Shoestring.Oracles;

/// <summary>Writes a <see cref="Variant"/> with random weights as an F32 GGUF file that llama.cpp loads.</summary>
static class RandomModel
{
    // Sharper attention than unit queries and keys give, so that what touches positions moves the logits.
    const double Sharpness = 1.5;

    /// <summary>Writes the model; the same seed gives the same tensors, whatever other tensors a variant has.</summary>
    public static void Write(string path, Variant variant, ulong seed = 1)
    {
        var tensors = Tensors(variant).ToDictionary(tensor => tensor.Name);
        var declarations = tensors.Values.Select(tensor => new TensorDeclaration(tensor.Name, tensor.Shape, TensorFormat.F32)).ToArray();
        GgufWriter.Write(path, Metadata(variant), declarations, (declaration, stream) =>
            stream.Write(MemoryMarshal.AsBytes<float>(tensors[declaration.Name].Values(seed))));
    }

    sealed record Weight(string Name, TensorShape Shape, double Mean, double Deviation, float[]? Fixed = null)
    {
        public float[] Values(ulong seed) => Fixed ?? Normal.Fill(seed, Name, Shape.Elements, Mean, Deviation);
    }

    static Weight Matrix(string name, int columns, int rows, double gain = 1) =>
        new($"{name}.weight", new(columns, rows), 0, gain / Math.Sqrt(columns));

    static Weight Bias(string name, int columns) => new($"{name}.bias", new(columns), 0, 0.5);

    static Weight Norm(string name, int columns) => new($"{name}.weight", new(columns), 1, 0.2);

    static IEnumerable<Weight> Tensors(Variant variant)
    {
        yield return new("token_embd.weight", new(variant.Width, Variant.Vocabulary), 0, variant.Tied ? 0.1 : 1);
        if (variant.IsGpt2)
            yield return new("position_embd.weight", new(variant.Width, variant.Context), 0, 0.1);
        if (variant.RopeFactors is { } factors)
            yield return new("rope_freqs.weight", new(factors.Length), 0, 0, factors);
        for (var layer = 0; layer < variant.Layers; layer++)
        {
            foreach (var tensor in variant.IsGpt2 ? Gpt2Block(variant, $"blk.{layer}.") : LlamaBlock(variant, $"blk.{layer}."))
                yield return tensor;
        }
        yield return Norm("output_norm", variant.Width);
        if (variant.IsGpt2)
            yield return Bias("output_norm", variant.Width);
        if (!variant.Tied)
            yield return Matrix("output", variant.Width, Variant.Vocabulary, gain: 2);
    }

    static IEnumerable<Weight> LlamaBlock(Variant variant, string block)
    {
        var (width, queries, keys) = (variant.Width, variant.Heads * variant.HeadWidth, variant.KeyValueHeads * variant.HeadWidth);
        yield return Norm(block + "attn_norm", width);
        yield return Matrix(block + "attn_q", width, queries, Sharpness);
        yield return Matrix(block + "attn_k", width, keys, Sharpness);
        yield return Matrix(block + "attn_v", width, keys);
        if (variant.Biases)
        {
            yield return Bias(block + "attn_q", queries);
            yield return Bias(block + "attn_k", keys);
            yield return Bias(block + "attn_v", keys);
        }
        if (variant.HeadNorms)
        {
            yield return Norm(block + "attn_q_norm", variant.HeadWidth);
            yield return Norm(block + "attn_k_norm", variant.HeadWidth);
        }
        yield return Matrix(block + "attn_output", queries, width);
        yield return Norm(block + "ffn_norm", width);
        yield return Matrix(block + "ffn_gate", width, variant.FeedForward);
        yield return Matrix(block + "ffn_up", width, variant.FeedForward);
        yield return Matrix(block + "ffn_down", variant.FeedForward, width);
    }

    static IEnumerable<Weight> Gpt2Block(Variant variant, string block)
    {
        var width = variant.Width;
        yield return Norm(block + "attn_norm", width);
        yield return Bias(block + "attn_norm", width);
        yield return Matrix(block + "attn_qkv", width, 3 * width, Sharpness);
        yield return Bias(block + "attn_qkv", 3 * width);
        yield return Matrix(block + "attn_output", width, width);
        yield return Bias(block + "attn_output", width);
        yield return Norm(block + "ffn_norm", width);
        yield return Bias(block + "ffn_norm", width);
        yield return Matrix(block + "ffn_up", width, variant.FeedForward);
        yield return Bias(block + "ffn_up", variant.FeedForward);
        yield return Matrix(block + "ffn_down", variant.FeedForward, width);
        yield return Bias(block + "ffn_down", width);
    }

    static GgufMetadata Metadata(Variant variant)
    {
        var metadata = GgufMetadata.Empty
            .With("general.architecture", GgufValue.From(variant.Architecture))
            .With("general.name", GgufValue.From(variant.Name))
            .With("general.file_type", GgufValue.From(0u));
        foreach (var (key, value) in Sizes(variant).Concat(variant.Metadata))
            metadata = metadata.With($"{variant.Architecture}.{key}", value);
        return Vocabulary().Aggregate(metadata, (all, pair) => all.With(pair.Key, pair.Value));
    }

    static IEnumerable<(string Key, GgufValue Value)> Sizes(Variant variant)
    {
        yield return ("context_length", Count(variant.Context));
        yield return ("embedding_length", Count(variant.Width));
        yield return ("block_count", Count(variant.Layers));
        yield return ("feed_forward_length", Count(variant.FeedForward));
        yield return ("attention.head_count", Count(variant.Heads));
        yield return ("attention.head_count_kv", Count(variant.KeyValueHeads));
        if (variant.IsGpt2)
        {
            yield return ("attention.layer_norm_epsilon", GgufValue.From(1e-5f));
            yield break;
        }
        yield return ("attention.layer_norm_rms_epsilon", GgufValue.From(1e-6f));
        yield return ("attention.key_length", Count(variant.HeadWidth));
        yield return ("attention.value_length", Count(variant.HeadWidth));
        yield return ("rope.dimension_count", Count(variant.HeadWidth));
        yield return ("rope.freq_base", GgufValue.From(variant.RopeBase));
        if (variant.Window > 0)
            yield return ("attention.sliding_window", Count(variant.Window));
    }

    static GgufValue Count(int value) => GgufValue.From((uint)value);

    // SentencePiece: three special tokens, every byte, and letters to fill up.
    static IEnumerable<(string Key, GgufValue Value)> Vocabulary()
    {
        const int unknown = 2, control = 3, normal = 1, bytes = 6;
        var pieces = new List<(string Text, int Type)> { ("<unk>", unknown), ("<s>", control), ("</s>", control) };
        for (var value = 0; value < 256; value++)
            pieces.Add(($"<0x{value:X2}>", bytes));
        for (var i = 0; pieces.Count < Variant.Vocabulary; i++)
            pieces.Add((i == 0 ? "\u2581" : new Rune('A' + i - 1).ToString(), normal));
        yield return ("tokenizer.ggml.model", GgufValue.From("llama"));
        yield return ("tokenizer.ggml.tokens", GgufValue.FromStrings([.. pieces.Select(piece => piece.Text)]));
        yield return ("tokenizer.ggml.scores", GgufValue.FromArray<float>([.. pieces.Select((_, id) => -(float)id)]));
        yield return ("tokenizer.ggml.token_type", GgufValue.FromArray<int>([.. pieces.Select(piece => piece.Type)]));
        yield return ("tokenizer.ggml.bos_token_id", GgufValue.From(1u));
        yield return ("tokenizer.ggml.eos_token_id", GgufValue.From(2u));
        yield return ("tokenizer.ggml.unknown_token_id", GgufValue.From(0u));
    }
}
