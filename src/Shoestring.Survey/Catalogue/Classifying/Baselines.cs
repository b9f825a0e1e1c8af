namespace Shoestring.Survey;

/// <summary>What a classifier has to beat.</summary>
static class Baselines
{
    /// <summary>[example] the commonest leaf of the training part, for every paper.</summary>
    public static int Majority(LabelledPapers training) => training.Labels.GroupBy(label => label).OrderByDescending(group => group.Count()).ThenBy(group => group.Key).First().Key;

    /// <summary>The leaf of the first keyword in the title; <paramref name="otherwise"/> where there is none.</summary>
    public static int Keyword(Paper paper, LabelledPapers examples, int otherwise)
    {
        foreach ((string leaf, string _) in LeafKeywords.In(TitleText.Words(paper.Title)))
        {
            for (int label = 0; label < examples.Leaves.Count; label++)
            {
                if (examples.Leaves[label].Name == leaf)
                {
                    return label;
                }
            }
        }

        return otherwise;
    }
}
