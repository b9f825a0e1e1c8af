namespace Shoestring.Training;

/// <summary>What added blocks begin as.</summary>
public enum BlockGrowth
{
    /// <summary>
    /// A copy of the block before it whose output matrices are zero, so that it adds nothing to the residual stream and the model says what it
    /// said (LLaMA Pro; Wu et al., arXiv 2401.02415, §3.2, after Chen et al., arXiv 1511.05641, §2.4).
    /// </summary>
    Identity,

    /// <summary>The blocks once more on top, as they are (Du et al., arXiv 2405.15319, G_stack): the model does not say what it said, and learns faster than one that begins with nothing.</summary>
    Stacked,
}

/// <summary>How a model grows before it is trained on.</summary>
public sealed record GrowthOptions
{
    /// <summary>Blocks that are added.</summary>
    public int Blocks { get; init; }

    /// <summary>What they begin as. Default identity, which keeps what the model can do.</summary>
    public BlockGrowth Kind { get; init; }

    /// <summary>
    /// Inner channels of feed-forward layers, or null for as many as they have. What is added are copies whose outgoing weights share the original's
    /// (Net2WiderNet; arXiv 1511.05641, §2.3), in unequal parts where the paper adds noise, so that copies learn different things and the function is kept.
    /// </summary>
    public int? FeedForward { get; init; }

    /// <summary>Whether only added blocks learn (arXiv 2401.02415, §3.2); all weights otherwise.</summary>
    public bool OnlyNewLearn { get; init; }

    /// <summary>What copied channels and their parts are drawn from.</summary>
    public ulong Seed { get; init; }
}
