using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>Documents to train on, and others that are held out to judge by.</summary>
public sealed record DataSplit(IReadOnlyList<TokenSlice> Training, IReadOnlyList<TokenSlice> HeldOut)
{
    /// <summary>
    /// Holds out whole documents at random. Whether one is depends on the seed and its place alone, so that adding documents
    /// moves none to the other side, unless a side had to be given one to have any.
    /// </summary>
    /// <param name="documents">Two or more.</param>
    /// <param name="share">The share that is held out, between 0 and 1.</param>
    /// <param name="seed">The seed.</param>
    public static DataSplit ByDocument(IReadOnlyList<TokenSlice> documents, double share, ulong seed)
    {
        Check(share, documents.Count >= 2, "there are fewer than two documents");
        double[] draws = [.. documents.Select((_, i) => new DataRandom(seed, RandomUse.Split, (ulong)i).At(0))];
        double bound = Math.Clamp(share, Math.BitIncrement(draws.Min()), draws.Max());
        ILookup<bool, TokenSlice> sides = Enumerable.Range(0, documents.Count).ToLookup(i => draws[i] < bound, i => documents[i]);
        return new DataSplit([.. sides[false]], [.. sides[true]]);
    }

    /// <summary>Holds out the last tokens; the document that reaches over the boundary is cut in two.</summary>
    /// <param name="documents">With four tokens or more.</param>
    /// <param name="share">The share of tokens that is held out, between 0 and 1.</param>
    public static DataSplit AtEnd(IReadOnlyList<TokenSlice> documents, double share)
    {
        long tokens = documents.Sum(document => (long)document.Count);
        Check(share, tokens >= 4, "there are fewer than four tokens");
        long left = Math.Clamp(tokens - (long)(share * tokens), 2, tokens - 2);
        List<TokenSlice> training = [], heldOut = [];
        foreach (TokenSlice document in documents)
        {
            int before = (int)Math.Min(left, document.Count);
            left -= before;
            Add(training, document with { Count = before });
            Add(heldOut, document with { First = document.First + before, Count = document.Count - before });
        }
        return new DataSplit(training, heldOut);
    }

    static void Add(List<TokenSlice> side, TokenSlice slice)
    {
        if (slice.Count > 0)
        {
            side.Add(slice);
        }
    }

    static void Check(double share, bool isEnough, string what)
    {
        if (!(share > 0 && share < 1))
        {
            throw new InputException($"the share to hold out is {share}", "training data", "give one between 0 and 1, as 0.05");
        }
        if (!isEnough)
        {
            throw new InputException($"{what} to divide", "training data", "give more text, or other text to judge by");
        }
    }
}
