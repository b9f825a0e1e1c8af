namespace Shoestring.Models;

/// <summary>
/// How what a forward pass keeps is held until the backward pass (GACT: Liu et al., arXiv 2206.11357; ActNN: Chen et al., arXiv 2104.14129).
/// Values are rounded up or down at random so that they are right on average; the loss does not change, and gradients are right on
/// average as far as layers are linear in what they keep.
/// </summary>
public enum ActivationCompression
{
    /// <summary>As floats.</summary>
    None,

    /// <summary>As 8 bits, with a minimum and a scale for each group of 256.</summary>
    EightBits,

    /// <summary>As 4 bits.</summary>
    FourBits,
}
