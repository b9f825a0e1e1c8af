namespace Shoestring.Survey;

/// <summary>A figure with the interval that holds it with 95 %.</summary>
/// <param name="Value">The figure over all papers.</param>
/// <param name="Low">Lower end, by bootstrap over papers.</param>
/// <param name="High">Upper end.</param>
public sealed record ScoredInterval(double Value, double Low, double High);

/// <summary>Answers of one range of confidence.</summary>
/// <param name="From">Its lower end.</param>
/// <param name="To">Its upper end.</param>
/// <param name="Count">How many answers there are.</param>
/// <param name="Confidence">What they were said to be right with, on average.</param>
/// <param name="Accuracy">The share that was.</param>
public sealed record ReliabilityBin(double From, double To, int Count, double Confidence, double Accuracy);

/// <summary>How one leaf is told from the others.</summary>
/// <param name="Leaf">Its name.</param>
/// <param name="Papers">How many papers it has.</param>
/// <param name="Precision">Share of the papers put there that belong there.</param>
/// <param name="Recall">Share of its papers that were put there.</param>
/// <param name="F1">Their harmonic mean.</param>
public sealed record LeafScore(string Leaf, int Papers, double Precision, double Recall, double F1);

/// <summary>What cross-validation came to.</summary>
public sealed record ClassifierScore
{
    /// <summary>How many papers and leaves it was measured on.</summary>
    public required int Papers { get; init; }

    /// <summary>Mean of the leaves' F1.</summary>
    public required ScoredInterval MacroF1 { get; init; }

    /// <summary>The same of the keyword baseline.</summary>
    public required ScoredInterval KeywordMacroF1 { get; init; }

    /// <summary>The same of the majority baseline.</summary>
    public required ScoredInterval MajorityMacroF1 { get; init; }

    /// <summary>By how much the classifier is above the keywords, over the same resampled papers.</summary>
    public required ScoredInterval OverKeyword { get; init; }

    /// <summary>Share of the papers put into their leaf.</summary>
    public required ScoredInterval Accuracy { get; init; }

    /// <summary>The same of the keyword baseline.</summary>
    public required ScoredInterval KeywordAccuracy { get; init; }

    /// <summary>Mean distance between confidence and accuracy over the bins, weighted by their counts.</summary>
    public required double CalibrationError { get; init; }

    /// <summary>The same with scores as they come, not divided by a temperature.</summary>
    public required double UncalibratedError { get; init; }

    /// <summary>Share of the papers that it answers for rather than asks.</summary>
    public required double Answered { get; init; }

    /// <summary>Share of these answers that is right.</summary>
    public required double AnsweredAccuracy { get; init; }

    /// <summary>The diagram's data.</summary>
    public required IReadOnlyList<ReliabilityBin> Reliability { get; init; }

    /// <summary>Leaf by leaf.</summary>
    public required IReadOnlyList<LeafScore> Leaves { get; init; }
}
