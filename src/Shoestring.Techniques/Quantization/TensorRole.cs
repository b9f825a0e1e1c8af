using System.Globalization;
using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>What a matrix does in its model, as far as a mix cares.</summary>
enum TensorRole
{
    Other,
    Embedding,
    Output,
    AttentionValue,
    AttentionOutput,
    FeedForwardDown,
}

/// <summary>What a tensor's name says (names: ggml-org/ggml, docs/gguf.md; rules: ggml-org/llama.cpp, llama-quant.cpp).</summary>
static class TensorRoles
{
    // Matrices that are small, or that are looked up or added rather than multiplied with: they stay as they are.
    static readonly string[] keptParts =
    [
        "_norm.weight", "_shortcut.weight", "ffn_gate_inp.weight", "altup", "laurel", "per_layer_model_proj", "ssm_conv1d", "shortconv.conv.weight",
        "indexer.k_proj.weight", "indexer.q_proj.weight", "time_mix_first.weight", "time_mix_w0.weight", "time_mix_w1.weight",
        "time_mix_w2.weight", "time_mix_v0.weight", "time_mix_v1.weight", "time_mix_v2.weight", "time_mix_a0.weight",
        "time_mix_a1.weight", "time_mix_a2.weight", "time_mix_g1.weight", "time_mix_g2.weight", "time_mix_decay_w1.weight",
        "time_mix_decay_w2.weight", "time_mix_lerp_fused.weight", "attn_rel_b.weight", ".position_embd", "sam.pos_embd",
        "sam.neck.", "sam.net_", ".rel_pos", ".patch_embd", ".patch_merger", "a.rvq.codebook", "mm.a.code_embd",
    ];

    /// <summary>Whether a tensor is quantized at all: matrices of weights, but not norms, routers and position tables.</summary>
    internal static bool IsQuantized(TensorEntry tensor) =>
        tensor.Shape.Rank >= 2
        && tensor.Name.EndsWith("weight", StringComparison.Ordinal)
        && tensor.Name is not ("position_embd.weight" or "token_types.weight")
        && !keptParts.Any(part => tensor.Name.Contains(part, StringComparison.Ordinal));

    internal static TensorRole Of(string name) => TensorNames.WithoutFactor(name) switch
    {
        "output.weight" => TensorRole.Output,
        "token_embd.weight" or "per_layer_token_embd.weight" => TensorRole.Embedding,
        var matrix when Has(matrix, "attn_qkv.weight") || Has(matrix, "attn_kv_b.weight") || Has(matrix, "attn_v.weight") => TensorRole.AttentionValue,
        var matrix when Has(matrix, "attn_output.weight") => TensorRole.AttentionOutput,
        var matrix when Has(matrix, "ffn_down") => TensorRole.FeedForwardDown,
        _ => TensorRole.Other,
    };

    /// <summary>The N of <c>blk.N.…</c>; −1 for tensors outside of blocks.</summary>
    internal static int Layer(string name)
    {
        var parts = name.Split('.', 3);
        return parts is ["blk", _, _] && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var layer) ? layer : -1;
    }

    static bool Has(string name, string part) => name.Contains(part, StringComparison.Ordinal);
}
