namespace Shoestring.Survey;

/// <summary>Measures the classifier on papers that it was not trained on.</summary>
public static class CrossValidation
{
    const int Bins = 10;
    const int Resamples = 1000;

    /// <summary>One answer about one paper.</summary>
    sealed record Answer(int Label, int Said, int Keyword, int Majority, double Confidence, double RawConfidence, bool Asks);

    /// <summary>Stratified cross-validation; confidence and threshold come from an inner one within each training part.</summary>
    /// <param name="papers">The catalogue.</param>
    /// <param name="options">How each classifier is trained.</param>
    /// <param name="parts">Parts of the outer cross-validation.</param>
    /// <param name="progress">Takes each part's number when it is done.</param>
    public static ClassifierScore Run(IReadOnlyList<Paper> papers, ClassifierOptions? options = null, int parts = 5, IProgress<int>? progress = null)
    {
        ClassifierOptions given = options ?? new();
        LabelledPapers examples = LabelledPapers.Of(papers, given.Fewest);
        int[] folds = examples.Folds(parts, given.Seed);
        var answers = new List<Answer>();
        for (int fold = 0; fold < parts; fold++)
        {
            answers.AddRange(Part(examples, folds, fold, given));
            progress?.Report(fold + 1);
        }

        return Score(examples, answers, given.Seed);
    }

    static IEnumerable<Answer> Part(LabelledPapers examples, int[] folds, int fold, ClassifierOptions options)
    {
        LabelledPapers training = examples.Where(i => folds[i] != fold);

        // A leaf of the whole catalogue may fall below the limit in a part of it; here it stays.
        LeafClassifier classifier = LeafClassifier.Train(training.Papers, options with { Fewest = 1 });
        int majority = Baselines.Majority(training);
        for (int i = 0; i < examples.Count; i++)
        {
            if (folds[i] == fold)
            {
                Paper paper = examples.Papers[i];
                Classification found = classifier.Classify(paper);
                yield return new Answer(examples.Labels[i], IndexOf(examples, found.Candidates[0].Leaf), Baselines.Keyword(paper, examples, majority), majority,
                    found.Candidates[0].Probability, classifier.RawConfidence(paper), found.Asks);
            }
        }
    }

    static int IndexOf(LabelledPapers examples, Techniques.SurveyFamily leaf) => Enumerable.Range(0, examples.Leaves.Count).First(label => examples.Leaves[label] == leaf);

    static ClassifierScore Score(LabelledPapers examples, List<Answer> answers, ulong seed)
    {
        int leaves = examples.Leaves.Count;
        ReliabilityBin[] bins = [.. Reliability(answers, answer => answer.Confidence)];
        Answer[] sure = [.. answers.Where(answer => !answer.Asks)];
        return new ClassifierScore
        {
            Papers = answers.Count,
            MacroF1 = Interval(answers, seed, sample => MacroF1(sample, answer => answer.Said, leaves)),
            KeywordMacroF1 = Interval(answers, seed, sample => MacroF1(sample, answer => answer.Keyword, leaves)),
            MajorityMacroF1 = Interval(answers, seed, sample => MacroF1(sample, answer => answer.Majority, leaves)),
            OverKeyword = Interval(answers, seed, sample => MacroF1(sample, answer => answer.Said, leaves) - MacroF1(sample, answer => answer.Keyword, leaves)),
            Accuracy = Interval(answers, seed, sample => sample.Count(answer => answer.Said == answer.Label) / (double)sample.Count),
            KeywordAccuracy = Interval(answers, seed, sample => sample.Count(answer => answer.Keyword == answer.Label) / (double)sample.Count),
            CalibrationError = Error(bins),
            UncalibratedError = Error([.. Reliability(answers, answer => answer.RawConfidence)]),
            Answered = sure.Length / (double)answers.Count,
            AnsweredAccuracy = sure.Length > 0 ? sure.Count(answer => answer.Said == answer.Label) / (double)sure.Length : 0,
            Reliability = bins,
            Leaves = [.. Enumerable.Range(0, leaves).Select(label => Leaf(answers, label, examples.Leaves[label].Name))],
        };
    }

    static ScoredInterval Interval(List<Answer> answers, ulong seed, Func<IReadOnlyList<Answer>, double> figure)
    {
        double[] values = new double[Resamples];
        for (int b = 0; b < Resamples; b++)
        {
            ulong start = (ulong)b * (ulong)answers.Count;
            values[b] = figure([.. Enumerable.Range(0, answers.Count).Select(i => answers[CounterRandom.Below(answers.Count, seed + 2, start + (ulong)i)])]);
        }

        Array.Sort(values);
        return new ScoredInterval(figure(answers), values[(int)(0.025 * Resamples)], values[(int)(0.975 * Resamples) - 1]);
    }

    // Over the leaves that occur among the sampled papers: one that does not has no recall to speak of.
    static double MacroF1(IReadOnlyList<Answer> answers, Func<Answer, int> said, int leaves)
    {
        int[] right = new int[leaves];
        int[] given = new int[leaves];
        int[] held = new int[leaves];
        foreach (Answer answer in answers)
        {
            int label = said(answer);
            given[label]++;
            held[answer.Label]++;
            right[label] += label == answer.Label ? 1 : 0;
        }

        return Enumerable.Range(0, leaves).Where(label => held[label] > 0).Average(label => 2.0 * right[label] / (given[label] + held[label]));
    }

    static LeafScore Leaf(List<Answer> answers, int label, string name)
    {
        int right = answers.Count(answer => answer.Said == label && answer.Label == label);
        int given = answers.Count(answer => answer.Said == label);
        int papers = answers.Count(answer => answer.Label == label);
        return new LeafScore(name, papers, given > 0 ? right / (double)given : 0, right / (double)papers, 2.0 * right / (given + papers));
    }

    static IEnumerable<ReliabilityBin> Reliability(List<Answer> answers, Func<Answer, double> confidence)
    {
        for (int bin = 0; bin < Bins; bin++)
        {
            Answer[] inside = [.. answers.Where(answer => Math.Min((int)(confidence(answer) * Bins), Bins - 1) == bin)];
            yield return new ReliabilityBin(bin / (double)Bins, (bin + 1) / (double)Bins, inside.Length,
                inside.Length > 0 ? inside.Average(confidence) : 0, inside.Length > 0 ? inside.Count(answer => answer.Said == answer.Label) / (double)inside.Length : 0);
        }
    }

    static double Error(ReliabilityBin[] bins) => bins.Sum(bin => bin.Count * Math.Abs(bin.Confidence - bin.Accuracy)) / Math.Max(1, bins.Sum(bin => bin.Count));
}
