namespace Shoestring.Training;

/// <summary>
/// Orders documents from the easy to the hard: each is drawn at random from the easiest share that a pacing allows by then
/// (Platanios et al., arXiv 1903.09848, algorithm 1), here without replacement, so that an epoch holds each once.
/// </summary>
public static class DifficultyOrder
{
    /// <summary>The share of the easiest documents that is drawn from at first (arXiv 1903.09848: 0.01).</summary>
    public const double UsualStart = 0.01;

    /// <summary>The order.</summary>
    /// <param name="difficulties"><c>[document]</c>: their lengths, their rarity, a reference model's perplexities.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="start">The share that is drawn from at first; 1 shuffles all.</param>
    /// <returns>The documents, each once.</returns>
    public static int[] Of(ReadOnlySpan<double> difficulties, ulong seed, double start = UsualStart)
    {
        int[] order = ScoreSelection.Ascending(difficulties);
        Pacing pacing = new(start, 1, order.Length, Root: 2);
        DataRandom random = new(seed, RandomUse.Curriculum, 0);
        for (int drawn = 0; drawn < order.Length; drawn++)
        {
            int allowed = Allowed(pacing, drawn, order.Length);
            int other = drawn + random.Below(drawn, allowed - drawn);
            // The one that makes room stays in the part that is allowed from now on.
            (order[drawn], order[other]) = (order[other], order[drawn]);
        }
        return order;
    }

    /// <summary>How many of the easiest documents the draw of a place is from, those drawn before included.</summary>
    internal static int Allowed(Pacing pacing, int drawn, int count) => Math.Clamp((int)Math.Ceiling(pacing.At(drawn) * count), drawn + 1, count);

    /// <summary>
    /// How rare a document's tokens are: the mean of −ln of each token's share of all (vocabulary rarity; Li et al., arXiv 2212.03597,
    /// over the length, so that long documents are not hard by themselves).
    /// </summary>
    /// <returns><c>[document]</c></returns>
    public static double[] Rarity(TokenStore store, IReadOnlyList<TokenSlice> documents)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(documents);
        Dictionary<int, long> counts = [];
        long all = 0;
        foreach (TokenSlice document in documents)
        {
            foreach (int token in store.Read(document))
            {
                counts[token] = counts.GetValueOrDefault(token) + 1;
                all++;
            }
        }
        return [.. documents.Select(document => document.Count == 0 ? 0 : store.Read(document).Average(token => Math.Log((double)all / counts[token])))];
    }
}
