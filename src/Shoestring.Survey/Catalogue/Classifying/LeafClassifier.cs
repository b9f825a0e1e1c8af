using Shoestring.Metering;
using Shoestring.Techniques;
using Shoestring.Tensors;

namespace Shoestring.Survey;

/// <summary>How a classifier is trained.</summary>
/// <param name="Penalty">Weight of the penalty; chosen by cross-validation within the catalogue (results, classify.json).</param>
/// <param name="Balance">0 counts every paper alike, 1 every leaf alike; chosen likewise.</param>
/// <param name="KeywordWeight">What the first keyword of a leaf adds to its score before any paper is seen; chosen likewise.</param>
/// <param name="Fewest">Leaves with fewer papers are not learned.</param>
/// <param name="Folds">Parts of the inner cross-validation that sets confidence and threshold.</param>
/// <param name="Precision">Share of its answers above the threshold that shall be right.</param>
/// <param name="Seed">Seed of the parts.</param>
public sealed record ClassifierOptions(double Penalty = 1e-3, double Balance = 0, double KeywordWeight = 5, int Fewest = 8, int Folds = 5, double Precision = 0.9, ulong Seed = 0);

/// <summary>One leaf and how likely it is.</summary>
/// <param name="Leaf">The leaf.</param>
/// <param name="Probability">Calibrated: of the answers with probability p a share p is right.</param>
public sealed record LeafCandidate(SurveyFamily Leaf, double Probability);

/// <summary>Where a paper belongs, how sure that is, and why.</summary>
/// <param name="Candidates">The likeliest leaves, the likeliest first.</param>
/// <param name="Words">Words of its title and abstract that spoke for the first, with what each added to its score over the mean of the leaves'.</param>
/// <param name="Resources">What papers of the first leaf save.</param>
/// <param name="Asks">Whether it is not sure enough: a person should decide.</param>
public sealed record Classification(IReadOnlyList<LeafCandidate> Candidates, IReadOnlyList<(string Word, double Weight)> Words, IReadOnlyList<Resource> Resources, bool Asks);

/// <summary>Puts papers into the survey's tree by their titles, and abstracts where there are any; learned from a catalogue.</summary>
public sealed class LeafClassifier
{
    const int Shown = 5;
    const int FewestForThreshold = 20;

    readonly TitleFeatures features;
    readonly SoftmaxRegression model;

    LeafClassifier(IReadOnlyList<SurveyFamily> leaves, TitleFeatures features, SoftmaxRegression model, double temperature, double threshold)
    {
        Leaves = leaves;
        this.features = features;
        this.model = model;
        Temperature = temperature;
        Threshold = threshold;
    }

    /// <summary>The leaves that it knows.</summary>
    public IReadOnlyList<SurveyFamily> Leaves { get; }

    /// <summary>What scores are divided by, so that probabilities are true.</summary>
    public double Temperature { get; }

    /// <summary>Below this probability it asks.</summary>
    public double Threshold { get; }

    /// <summary>Learns from the papers that have a home; a paper with several counts for its chief one.</summary>
    /// <exception cref="InputException">Fewer than two leaves have enough papers.</exception>
    public static LeafClassifier Train(IReadOnlyList<Paper> papers, ClassifierOptions? options = null)
    {
        ClassifierOptions given = options ?? new();
        LabelledPapers examples = LabelledPapers.Of(papers, given.Fewest);
        if (examples.Leaves.Count < 2)
        {
            throw new InputException($"{examples.Leaves.Count} leaves have {given.Fewest} papers or more, and two are needed to tell apart", "catalogue", "import more papers");
        }

        (double[] Scores, int Label)[] heldOut = [.. HeldOut(examples, given)];
        double temperature = Probability.Temperature(heldOut);
        (TitleFeatures features, SoftmaxRegression model) = Fit(examples, given);
        return new LeafClassifier(examples.Leaves, features, model, temperature, ThresholdOf(heldOut, temperature, given.Precision));
    }

    /// <summary>Where a paper belongs.</summary>
    public Classification Classify(Paper paper)
    {
        SparseVector row = features.Of(paper);
        double[] probabilities = Probability.Softmax(model.Scores(row), Temperature);
        int best = Probability.Best(probabilities);
        LeafCandidate[] candidates = [.. probabilities.Select((probability, leaf) => new LeafCandidate(Leaves[leaf], probability)).OrderByDescending(candidate => candidate.Probability).Take(Shown)];

        // A title of which nothing is known says how common the leaves are, and no more.
        bool knows = row.Words.Length > 0;
        return new Classification(candidates, Words(row, best), HomeResources.Of([Leaves[best]]), !knows || probabilities[best] < Threshold);
    }

    /// <summary>The greatest probability with scores as they come.</summary>
    internal double RawConfidence(Paper paper) => Probability.Softmax(model.Scores(features.Of(paper)), 1).Max();

    /// <summary>Scores of each paper by a model that was trained without it, part by part.</summary>
    internal static IEnumerable<(double[] Scores, int Label)> HeldOut(LabelledPapers examples, ClassifierOptions options)
    {
        int[] folds = examples.Folds(options.Folds, options.Seed + 1);
        for (int fold = 0; fold < options.Folds; fold++)
        {
            int part = fold;
            (TitleFeatures features, SoftmaxRegression model) = Fit(examples.Where(i => folds[i] != part), options);
            for (int i = 0; i < examples.Count; i++)
            {
                if (folds[i] == fold)
                {
                    yield return (model.Scores(features.Of(examples.Papers[i])), examples.Labels[i]);
                }
            }
        }
    }

    // The lowest confidence from which on the share that is right is as great as wanted.
    static double ThresholdOf((double[] Scores, int Label)[] heldOut, double temperature, double precision)
    {
        (double Confidence, bool Right)[] answers = [.. heldOut.Select(item =>
        {
            double[] probabilities = Probability.Softmax(item.Scores, temperature);
            int best = Probability.Best(probabilities);
            return (probabilities[best], best == item.Label);
        }).OrderByDescending(answer => answer.Item1)];
        double threshold = 1;
        int right = 0;
        for (int i = 0; i < answers.Length; i++)
        {
            right += answers[i].Right ? 1 : 0;
            if (i + 1 >= FewestForThreshold && right >= precision * (i + 1))
            {
                threshold = answers[i].Confidence;
            }
        }

        return threshold;
    }

    static (TitleFeatures Features, SoftmaxRegression Model) Fit(LabelledPapers examples, ClassifierOptions options)
    {
        var features = new TitleFeatures(examples.Papers);
        SparseVector[] rows = [.. examples.Papers.Select(features.Of)];


        // Before any paper is seen a leaf's keyword speaks for the leaf: leaves with few papers have little else.
        var expected = Enumerable.Range(0, examples.Leaves.Count).Select(label => (label, features.FirstKeyword(examples.Leaves[label].Name)))
            .Where(pair => pair.Item2 is not null).Select(pair => (pair.label, pair.Item2!.Value, options.KeywordWeight));
        return (features, SoftmaxRegression.Fit(rows, examples.Labels, examples.Leaves.Count, features.Count, options.Penalty, options.Balance, expected));
    }

    IReadOnlyList<(string Word, double Weight)> Words(SparseVector row, int label)
    {
        var sums = new Dictionary<string, double>(StringComparer.Ordinal);
        for (int k = 0; k < row.Numbers.Length; k++)
        {
            double mean = Enumerable.Range(0, Leaves.Count).Average(leaf => model.Weight(leaf, row.Numbers[k]));
            sums[row.Words[k]] = sums.GetValueOrDefault(row.Words[k]) + (row.Weights[k] * (model.Weight(label, row.Numbers[k]) - mean));
        }

        return [.. sums.Where(pair => pair.Value > 0).OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal).Take(Shown).Select(pair => (pair.Key, pair.Value))];
    }
}
