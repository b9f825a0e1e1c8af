using Shoestring.Techniques;

namespace Shoestring.Survey;

/// <summary>Papers with the leaf that each belongs to first of all.</summary>
/// <param name="Papers">[example].</param>
/// <param name="Labels">[example] index into <paramref name="Leaves"/>.</param>
/// <param name="Leaves">The leaves, in the tree's order.</param>
sealed record LabelledPapers(IReadOnlyList<Paper> Papers, IReadOnlyList<int> Labels, IReadOnlyList<SurveyFamily> Leaves)
{
    public int Count => Papers.Count;

    /// <summary>The papers of leaves that have at least <paramref name="fewest"/> of them.</summary>
    public static LabelledPapers Of(IReadOnlyList<Paper> papers, int fewest)
    {
        Paper[] housed = [.. papers.Where(paper => paper.Homes.Count > 0).OrderBy(paper => paper.Key, StringComparer.Ordinal)];
        SurveyFamily[] leaves = [.. SurveyTree.Families.Where(leaf => housed.Count(paper => paper.Homes[0] == leaf) >= fewest)];
        Paper[] kept = [.. housed.Where(paper => leaves.Contains(paper.Homes[0]))];
        return new LabelledPapers(kept, [.. kept.Select(paper => Array.IndexOf(leaves, paper.Homes[0]))], leaves);
    }

    /// <summary>Those of them whose number passes.</summary>
    public LabelledPapers Where(Func<int, bool> passes)
    {
        int[] kept = [.. Enumerable.Range(0, Count).Where(passes)];
        return new LabelledPapers([.. kept.Select(i => Papers[i])], [.. kept.Select(i => Labels[i])], Leaves);
    }

    /// <summary>[example] its part, with every leaf spread evenly over the parts (stratified).</summary>
    public int[] Folds(int parts, ulong seed)
    {
        int[] folds = new int[Count];
        int next = 0;
        foreach (int i in Enumerable.Range(0, Count).OrderBy(i => Labels[i]).ThenBy(i => CounterRandom.Of(Papers[i].Key, seed)))
        {
            folds[i] = next++ % parts;
        }

        return folds;
    }
}
