namespace Shoestring.Models;

/// <summary>The ranks of a block's linear layers that are products of two factors; 0 for plain matrices.</summary>
/// <param name="Query">Of the query projection.</param>
/// <param name="Key">Of the key projection.</param>
/// <param name="Value">Of the value projection.</param>
/// <param name="Output">Of the attention's output projection.</param>
/// <param name="Gate">Of the feed-forward layer's gate.</param>
/// <param name="Up">Of its first projection.</param>
/// <param name="Down">Of its last projection.</param>
public readonly record struct LayerRanks(int Query, int Key, int Value, int Output, int Gate, int Up, int Down)
{
    /// <summary>Whether any layer is a product of factors.</summary>
    public bool Any => this != default;

    /// <summary>The ranks by the layers' names in GGUF.</summary>
    /// <param name="rank">The rank of a layer, by its name within the block: <c>attn_q</c>.</param>
    public static LayerRanks Of(Func<string, int> rank) =>
        new(rank("attn_q"), rank("attn_k"), rank("attn_v"), rank("attn_output"), rank("ffn_gate"), rank("ffn_up"), rank("ffn_down"));
}

/// <summary>A linear layer of a block.</summary>
/// <param name="Name">Its name within the block: <c>attn_q</c>.</param>
/// <param name="Outputs">Output channels.</param>
/// <param name="Inputs">Input channels.</param>
/// <param name="Rank">Channels between its two factors; 0 for a plain matrix.</param>
public sealed record LayerShape(string Name, int Outputs, int Inputs, int Rank)
{
    /// <summary>Weights, which are the multiply-adds of a row too.</summary>
    public long Weights => Rank == 0 ? (long)Outputs * Inputs : (long)Rank * (Outputs + Inputs);

    /// <summary>The linear layers of a block, its shortcuts' matrices among them. Where the file fuses query, key and value, they are counted one by one.</summary>
    /// <param name="model">The model.</param>
    /// <param name="block">The block.</param>
    public static IReadOnlyList<LayerShape> Of(ModelConfiguration model, BlockShape block)
    {
        int width = model.Width, queries = block.Heads * block.HeadChannels, keys = block.KvHeads * block.HeadChannels, inner = block.FeedForwardWidth;
        LayerRanks ranks = block.Ranks;
        LayerShape[] gate = model.FeedForward == FeedForwardKind.GatedSilu ? [new("ffn_gate", inner, width, ranks.Gate)] : [];
        LayerShape[] shortcuts = block.HasShortcuts ? [new("attn_shortcut", width, width, 0), new("ffn_shortcut", width, width, 0)] : [];
        return
        [
            .. shortcuts, new("attn_q", queries, width, ranks.Query), new("attn_k", keys, width, ranks.Key), new("attn_v", keys, width, ranks.Value),
            new("attn_output", width, queries, ranks.Output),
            .. gate, new("ffn_up", inner, width, ranks.Up), new("ffn_down", width, inner, ranks.Down),
        ];
    }
}
