using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>
/// Where a step's activations lie. Layers ask for them by what they hold; whether two share bytes, and how long each is kept, is the
/// memory's affair.
/// </summary>
public interface IActivationMemory
{
    /// <summary>The memory of an activation for a step of <paramref name="rows"/> rows.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is larger than was planned.</exception>
    Tensor this[Activation activation, int rows, int width] { get; }

    /// <summary>Whether it was planned for sequences that compute only some neurons after their prompts.</summary>
    bool IsContextual { get; }

    /// <summary>Most rows that a feed-forward layer takes at a time: it treats each row by itself.</summary>
    int FeedForwardRows => int.MaxValue;

    /// <summary>Whether what feed-forward layers make is there when the backward pass comes; else it is made again, as many rows at a time.</summary>
    bool KeepsFeedForward => true;
}
