namespace Shoestring.Survey;

/// <summary>What a classifier sees of a paper: keywords of the leaves, words, pairs of words and beginnings of words, weighted by how rare they are (TF-IDF).</summary>
sealed class TitleFeatures
{
    /// <summary>An abstract tells less per word than a title.</summary>
    const double AbstractShare = 0.3;

    const int Beginning = 5;
    // What one paper alone has tells nothing of others.
    const int Fewest = 2;

    readonly Dictionary<string, (int Number, double Weight)> features = new(StringComparer.Ordinal);

    // Keywords count whole beside the words, however many of these a title has.
    readonly HashSet<int> keywords = [];

    /// <summary>Learns which features there are and how rare each is.</summary>
    public TitleFeatures(IReadOnlyList<Paper> papers)
    {
        var documents = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (string feature in papers.SelectMany(paper => Terms(paper).Select(term => term.Feature).Distinct()))
        {
            documents[feature] = documents.GetValueOrDefault(feature) + 1;
        }

        foreach ((string feature, int count) in documents.Where(pair => pair.Value >= Fewest || pair.Key[0] is 'k' or 'f'))
        {
            bool isKeyword = feature[0] is 'k' or 'f';
            if (isKeyword)
            {
                keywords.Add(features.Count);
            }

            features.Add(feature, (features.Count, isKeyword ? 1 : Math.Log((1.0 + papers.Count) / (1.0 + count)) + 1));
        }
    }

    /// <summary>How many there are.</summary>
    public int Count => features.Count;

    /// <summary>The number of the feature that a leaf's keyword is the first in a title; null where no paper had that.</summary>
    public int? FirstKeyword(string leaf) => features.TryGetValue("f:" + leaf, out (int Number, double Weight) found) ? found.Number : null;

    /// <summary>A paper as a vector, of length 1 but for the keywords: its features' numbers and weights, and the word that each came from.</summary>
    public SparseVector Of(Paper paper)
    {
        var weights = new SortedDictionary<int, double>();
        var words = new Dictionary<int, string>();
        foreach ((string feature, string word, double share) in Terms(paper))
        {
            if (features.TryGetValue(feature, out (int Number, double Weight) found))
            {
                weights[found.Number] = Math.Max(weights.GetValueOrDefault(found.Number), share * found.Weight);
                words.TryAdd(found.Number, word);
            }
        }

        double norm = Math.Sqrt(weights.Where(pair => !keywords.Contains(pair.Key)).Sum(pair => pair.Value * pair.Value));
        return new SparseVector([.. weights.Keys], [.. weights.Select(pair => keywords.Contains(pair.Key) ? pair.Value : pair.Value / norm)], [.. weights.Keys.Select(number => words[number])]);
    }

    static IEnumerable<(string Feature, string Word, double Share)> Terms(Paper paper) =>
        Terms(paper.Title, 1).Concat(paper.Abstract is { } text ? Terms(text, AbstractShare) : []);

    static IEnumerable<(string Feature, string Word, double Share)> Terms(string text, double share)
    {
        IReadOnlyList<string> words = TitleText.Words(text);
        bool first = true;
        foreach ((string leaf, string keyword) in LeafKeywords.In(words))
        {
            yield return ("k:" + leaf, Whole(words, keyword), share);
            if (first)
            {
                yield return ("f:" + leaf, Whole(words, keyword), share);
                first = false;
            }
        }

        for (int i = 0; i < words.Count; i++)
        {
            string word = words[i];
            yield return ("w:" + word, word, share);
            if (word.Length > Beginning)
            {
                yield return ("b:" + word[..Beginning], word, share);
            }

            if (i + 1 < words.Count)
            {
                yield return ($"p:{word} {words[i + 1]}", $"{word} {words[i + 1]}", share);
            }
        }
    }

    // The keyword is the beginning of a word; what decided is the word.
    static string Whole(IReadOnlyList<string> words, string keyword) =>
        keyword.Contains(' ') ? keyword : words.First(word => word.StartsWith(keyword, StringComparison.Ordinal));
}

/// <summary>The features of one paper.</summary>
/// <param name="Numbers">Their numbers, rising.</param>
/// <param name="Weights">[feature].</param>
/// <param name="Words">[feature] what in the text each came from.</param>
sealed record SparseVector(int[] Numbers, double[] Weights, string[] Words);
