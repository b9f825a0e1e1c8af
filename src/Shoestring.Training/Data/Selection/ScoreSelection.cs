using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>Which part of the documents, in the order of their scores, is kept.</summary>
public enum ScoreBand
{
    Lowest,
    Middle,
    Highest,
}

/// <summary>
/// Keeps the documents whose scores lie in a band. With the perplexity that a small reference model gives each document:
/// perplexity-based pruning (Ankner et al., arXiv 2405.20541, algorithm 1), whose best band differs with the corpus (high on the Pile, medium on
/// Dolma). With the error L2-norm of each example early in training, ‖softmax − one-hot‖₂ averaged over its tokens: EL2N
/// (Paul et al., arXiv 2107.07075), which keeps the highest.
/// </summary>
public static class ScoreSelection
{
    /// <summary>Chooses documents.</summary>
    /// <param name="scores"><c>[document]</c>, finite.</param>
    /// <param name="share">The share that is kept, above 0 and up to 1; at least one document is.</param>
    /// <param name="band">Which.</param>
    /// <returns>The documents in ascending order. Among equal scores the earlier document counts as the lower.</returns>
    /// <exception cref="InputException">A score is not finite, or the share is none.</exception>
    public static int[] Choose(ReadOnlySpan<double> scores, double share, ScoreBand band)
    {
        if (!(share > 0 && share <= 1))
        {
            throw new InputException($"the share to keep is {share}", "selection", "give one above 0 and up to 1");
        }
        int[] order = Ascending(scores);
        int kept = Math.Clamp((int)Math.Round(share * order.Length), Math.Min(1, order.Length), order.Length);
        int first = band switch { ScoreBand.Lowest => 0, ScoreBand.Middle => (order.Length - kept) / 2, _ => order.Length - kept };
        int[] chosen = order[first..(first + kept)];
        Array.Sort(chosen);
        return chosen;
    }

    /// <summary>The documents by ascending score, the earlier first among equals.</summary>
    internal static int[] Ascending(ReadOnlySpan<double> scores)
    {
        double[] keys = scores.ToArray();
        int bad = Array.FindIndex(keys, score => !double.IsFinite(score));
        return bad < 0 ? [.. Enumerable.Range(0, keys.Length).OrderBy(i => keys[i])]
            : throw new InputException($"the score of document {bad} is {keys[bad]}", "selection", "leave it out, or look for what makes the reference model fail on it");
    }
}
