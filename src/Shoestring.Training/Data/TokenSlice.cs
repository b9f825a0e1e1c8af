namespace Shoestring.Training;

/// <summary>Consecutive tokens of a <see cref="TokenStore"/>: a document, or what is left of one.</summary>
/// <param name="First">The first token.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Weight">What the loss of its tokens counts, as importance sampling sets it.</param>
public readonly record struct TokenSlice(long First, int Count, float Weight = 1)
{
    /// <summary>Cuts it for a context: parts overlap by a token, so that each token but the first is predicted once.</summary>
    /// <param name="context">The most rows of a part, which has one token more.</param>
    /// <returns>The parts; none where there are fewer than two tokens.</returns>
    public IEnumerable<TokenSlice> Cut(int context)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(context, 1);
        for (int first = 0; first < Count - 1; first += context)
        {
            yield return this with { First = First + first, Count = Math.Min(context + 1, Count - first) };
        }
    }
}
