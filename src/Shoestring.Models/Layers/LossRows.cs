namespace Shoestring.Models;

/// <summary>What the rows of a training step should say.</summary>
/// <param name="targets">The token that follows each row.</param>
/// <param name="weights">What each row counts in the loss; 0 for rows that do not.</param>
/// <param name="scale">Factor of the gradients, usually one over the sum of the weights of all rows that one update is made from.</param>
public readonly ref struct LossRows(ReadOnlySpan<int> targets, ReadOnlySpan<float> weights, float scale)
{
    /// <summary>The token that follows each row.</summary>
    public ReadOnlySpan<int> Targets { get; } = targets;

    /// <summary>What each row counts.</summary>
    public ReadOnlySpan<float> Weights { get; } = weights;

    /// <summary>Factor of the gradients.</summary>
    public float Scale { get; } = scale;

    /// <summary>The rows [<paramref name="first"/>, +<paramref name="count"/>).</summary>
    public LossRows Slice(int first, int count) => new(Targets.Slice(first, count), Weights.Slice(first, count), Scale);
}
