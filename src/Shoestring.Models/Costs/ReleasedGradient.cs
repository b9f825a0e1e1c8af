namespace Shoestring.Models;

/// <summary>
/// Which gradients share memory where each is used and forgotten within the backward pass (LOMO, arXiv 2306.09782, §3.1): those of matrices of one
/// shape. The matrices of a feed-forward layer have one each, since they are added to in turns where the layer is gone through some rows at a time.
/// </summary>
public static class ReleasedGradient
{
    /// <summary>The same for weights that share.</summary>
    /// <param name="name">The weight's name in GGUF.</param>
    /// <param name="rows">Its outputs; 1 for a vector.</param>
    /// <param name="columns">Its inputs.</param>
    /// <param name="isMatrix">Whether it is a matrix; vectors do not share.</param>
    public static (string Part, long Rows, long Columns) Slot(string name, long rows, long columns, bool isMatrix) =>
        isMatrix ? (FeedForwardPart(name), rows, columns) : (name, rows, columns);

    static string FeedForwardPart(string name) => name.Split('.').FirstOrDefault(part => part.StartsWith("ffn_", StringComparison.Ordinal)) ?? "";
}
