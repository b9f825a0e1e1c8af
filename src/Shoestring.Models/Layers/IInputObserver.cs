using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>The inputs of a block's linear layers; layers that read the same rows share one.</summary>
public enum LinearInput
{
    /// <summary>Of the query, key and value projections.</summary>
    Attention,

    /// <summary>Of the attention's output projection.</summary>
    AttentionOutput,

    /// <summary>Of the feed-forward layer's first projections, gate and up.</summary>
    FeedForward,

    /// <summary>Of the feed-forward layer's last projection, down.</summary>
    FeedForwardDown,
}

/// <summary>Sees the inputs of linear layers while a block runs.</summary>
public interface IInputObserver
{
    /// <summary>A layer is about to be run on <paramref name="x"/>, which is valid during the call. <c>[row, channel]</c></summary>
    void Observe(LinearInput input, Tensor x);
}
