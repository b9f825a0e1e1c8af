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

    /// <summary>Of the last factor of a low-rank query projection: what its first factor makes.</summary>
    QueryFactor,

    /// <summary>The same of the key projection.</summary>
    KeyFactor,

    /// <summary>The same of the value projection.</summary>
    ValueFactor,

    /// <summary>The same of the attention's output projection.</summary>
    OutputFactor,

    /// <summary>The same of the gate.</summary>
    GateFactor,

    /// <summary>The same of the feed-forward layer's first projection.</summary>
    UpFactor,

    /// <summary>The same of its last projection.</summary>
    DownFactor,
}

/// <summary>Sees the inputs of linear layers while a block runs.</summary>
public interface IInputObserver
{
    /// <summary>A layer is about to be run on <paramref name="x"/>, which is valid during the call. <c>[row, channel]</c></summary>
    void Observe(LinearInput input, Tensor x);
}
