namespace Shoestring.Training;

/// <summary>
/// Child-Tuning_D (Xu et al., arXiv 2109.05687, §2.2): only the weights with the largest Fisher information on the task's text are
/// changed, and no others; the network's other weights stay as pre-training left them.
/// </summary>
public sealed record ChildTuningOptions
{
    /// <summary>The share of the weights that change. Default 0.3, the largest of those that the paper's appendix B searches.</summary>
    public double Share { get; init; } = 0.3;

    /// <summary>How they are chosen.</summary>
    public MaskKind Mask { get; init; }

    /// <summary>
    /// Documents, of one context each, that the Fisher information is estimated from. Default 128: the paper takes the whole text, and
    /// a mean over as many samples ranks weights well (Kirkpatrick et al., arXiv 1612.00796, take a few hundred).
    /// </summary>
    public int Documents { get; init; } = 128;

    /// <summary>What a random mask is drawn from.</summary>
    public ulong Seed { get; init; }
}

/// <summary>How the weights that change are chosen.</summary>
public enum MaskKind
{
    /// <summary>By the mean of their squared gradients: the diagonal of the empirical Fisher information (eq. 6).</summary>
    Fisher,

    /// <summary>At random: what the choice is held against.</summary>
    Random,
}
