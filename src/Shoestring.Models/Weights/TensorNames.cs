using System.Globalization;
using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>
/// Names of weights. Inside, a tensor has its GGUF name (blk.3.attn_q.weight); this maps them to the names of Hugging Face
/// checkpoints of the Llama and Qwen families (model.layers.3.self_attn.q_proj.weight) and of GPT-2 (h.3.attn.c_attn.weight).
/// </summary>
public static class TensorNames
{
    const string InSuffix = ".low_rank_in.weight", OutSuffix = ".low_rank_out.weight";

    static readonly (string Gguf, string HuggingFace)[] Fixed =
    [
        ("token_embd.weight", "model.embed_tokens.weight"),
        ("output_norm.weight", "model.norm.weight"),
        ("output.weight", "lm_head.weight"),
    ];

    static readonly (string Gguf, string HuggingFace)[] PerBlock =
    [
        ("attn_norm", "input_layernorm"), ("ffn_norm", "post_attention_layernorm"),
        ("attn_q_norm", "self_attn.q_norm"), ("attn_k_norm", "self_attn.k_norm"),
        ("attn_q", "self_attn.q_proj"), ("attn_k", "self_attn.k_proj"), ("attn_v", "self_attn.v_proj"), ("attn_output", "self_attn.o_proj"),
        ("ffn_gate", "mlp.gate_proj"), ("ffn_up", "mlp.up_proj"), ("ffn_down", "mlp.down_proj"),
    ];

    static readonly (string Gguf, string HuggingFace)[] FixedGpt2 =
    [
        ("token_embd.weight", "wte.weight"), ("position_embd.weight", "wpe.weight"), ("output.weight", "lm_head.weight"),
        ("output_norm.weight", "ln_f.weight"), ("output_norm.bias", "ln_f.bias"),
    ];

    // All but the norms are Conv1D layers, whose matrices lie as [inputs, outputs].
    static readonly (string Gguf, string HuggingFace, bool Transposed)[] PerBlockGpt2 =
    [
        ("attn_norm", "ln_1", false), ("ffn_norm", "ln_2", false), ("attn_qkv", "attn.c_attn", true), ("attn_output", "attn.c_proj", true),
        ("ffn_up", "mlp.c_fc", true), ("ffn_down", "mlp.c_proj", true),
    ];

    /// <summary>The GGUF name of a weight of block <paramref name="block"/>.</summary>
    public static string Block(int block, string name) => string.Create(CultureInfo.InvariantCulture, $"blk.{block}.{name}");

    /// <summary>What turns the residual stream beside the mixer, <c>[width, width]</c>; only this engine's files have it.</summary>
    public const string MixerShortcut = "attn_shortcut.weight";

    /// <summary>What turns it beside the feed-forward layer.</summary>
    public const string FeedForwardShortcut = "ffn_shortcut.weight";

    /// <summary>The factor of a low-rank layer that reads its input, <c>[rank, inputs]</c>; only this engine's files have it.</summary>
    /// <param name="layer">The layer's name, without ".weight".</param>
    public static string FactorIn(string layer) => layer + InSuffix;

    /// <summary>The factor of a low-rank layer that makes its output, <c>[outputs, rank]</c>.</summary>
    /// <param name="layer">The layer's name, without ".weight".</param>
    public static string FactorOut(string layer) => layer + OutSuffix;

    /// <summary>The name of the matrix that a factor stands for, together with the other one; any other name as it is.</summary>
    public static string WithoutFactor(string name) =>
        name.EndsWith(InSuffix, StringComparison.Ordinal) ? name[..^InSuffix.Length] + ".weight"
        : name.EndsWith(OutSuffix, StringComparison.Ordinal) ? name[..^OutSuffix.Length] + ".weight" : name;

    /// <summary>Whether a GGUF name is that of a block's tensor.</summary>
    public static bool IsOfBlock(string gguf) => gguf.StartsWith("blk.", StringComparison.Ordinal);

    /// <summary>The Hugging Face name of a GGUF name, or null where it has none.</summary>
    public static string? ToHuggingFace(string gguf)
    {
        foreach ((string ours, string theirs) in Fixed)
        {
            if (gguf == ours)
            {
                return theirs;
            }
        }
        string[] parts = gguf.Split('.');
        if (parts.Length != 4 || parts[0] != "blk")
        {
            return null;
        }
        foreach ((string ours, string theirs) in PerBlock)
        {
            if (parts[2] == ours)
            {
                return $"model.layers.{parts[1]}.{theirs}.{parts[3]}";
            }
        }
        return null;
    }

    /// <summary>The name that GPT-2's checkpoints have for a GGUF name, or null; some put "transformer." before all but the head's.</summary>
    public static string? ToGpt2(string gguf)
    {
        if (Array.Find(FixedGpt2, pair => pair.Gguf == gguf) is { HuggingFace: { } whole })
        {
            return whole;
        }
        string[] parts = gguf.Split('.');
        return parts is ["blk", _, _, _] && Array.Find(PerBlockGpt2, pair => pair.Gguf == parts[2]) is { HuggingFace: { } name }
            ? $"h.{parts[1]}.{name}.{parts[3]}" : null;
    }

    /// <summary>A file's tensor by its GGUF name, under whichever name the file has it; null where it has none.</summary>
    internal static TensorEntry? In(ModelFile file, string gguf) =>
        file.Find(gguf)
        ?? (ToHuggingFace(gguf) is { } name ? file.Find(name) : null)
        ?? (ToGpt2(gguf) is { } gpt2 ? file.Find(gpt2) ?? file.Find("transformer." + gpt2) : null);

    /// <summary>Whether GPT-2's checkpoints hold the matrix of that GGUF name turned.</summary>
    internal static bool IsTransposed(string gguf) =>
        ToGpt2(gguf) is not null && gguf.Split('.') is ["blk", _, var layer, "weight"] && PerBlockGpt2.Any(pair => pair.Gguf == layer && pair.Transposed);

    /// <summary>Whether a checkpoint's tensor says nothing that its configuration does not: masks and rotary frequencies.</summary>
    internal static bool FollowsFromConfiguration(string name) =>
        name.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal) || name.EndsWith(".attn.bias", StringComparison.Ordinal)
        || name.EndsWith(".attn.masked_bias", StringComparison.Ordinal);
}
