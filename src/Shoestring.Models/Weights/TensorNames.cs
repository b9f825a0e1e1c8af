using System.Globalization;

namespace Shoestring.Models;

/// <summary>
/// Names of weights. Inside, a tensor has its GGUF name (blk.3.attn_q.weight); this maps them to the names of Hugging Face
/// checkpoints of the Llama and Qwen families (model.layers.3.self_attn.q_proj.weight).
/// </summary>
public static class TensorNames
{
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

    /// <summary>The GGUF name of a weight of block <paramref name="block"/>.</summary>
    public static string Block(int block, string name) => string.Create(CultureInfo.InvariantCulture, $"blk.{block}.{name}");

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
}
