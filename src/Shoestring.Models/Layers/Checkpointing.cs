namespace Shoestring.Models;

/// <summary>
/// What a training step computes again in its backward pass instead of keeping it (Chen et al., arXiv 1604.06174). Gradients are bitwise
/// the same with each.
/// </summary>
public enum Checkpointing
{
    /// <summary>Everything is kept that the backward pass needs, but for what norms and element-wise functions make again in no time.</summary>
    None,

    /// <summary>Of each block its input alone is kept, and feed-forward layers are computed again some rows at a time.</summary>
    Blocks,

    /// <summary>Of √n segments of √n blocks each the input alone is kept (§4.1): the least memory, ∝ √n, for one more forward pass.</summary>
    Segments,

    /// <summary>What mixers make is computed again (Korthikanti et al., arXiv 2205.05198, §5): long contexts.</summary>
    Mixers,

    /// <summary>What feed-forward layers make is computed again, some rows at a time: wide ones.</summary>
    FeedForward,
}
