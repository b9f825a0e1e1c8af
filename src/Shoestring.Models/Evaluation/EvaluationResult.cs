namespace Shoestring.Models;

/// <summary>How a model did on one item.</summary>
/// <param name="Group">What the item is reported under.</param>
/// <param name="IsRight">Whether the answer is right.</param>
/// <param name="IsRightNormalized">Whether it is right with log-likelihoods divided by the choices' bytes; false where a task does not normalize.</param>
/// <param name="Decision">
/// The choice that it takes. For a last word −1 if it writes the right one, else the token that it finds likeliest after the context.
/// </param>
/// <param name="AnswerLogLikelihood">ln p of the right answer.</param>
public readonly record struct ItemOutcome(string Group, bool IsRight, bool IsRightNormalized, int Decision, double AnswerLogLikelihood);

/// <summary>How many items of a group were right.</summary>
/// <param name="Name">The group.</param>
/// <param name="Items">Its items.</param>
/// <param name="Accuracy">The share of them that were right.</param>
public sealed record GroupAccuracy(string Name, int Items, Interval Accuracy);

/// <summary>How a model did on a task. Each accuracy is the mean over the task's groups, so that each counts alike; most tasks have but one.</summary>
/// <param name="Task">The task.</param>
/// <param name="Outcomes">The items, in their order.</param>
public sealed record EvaluationResult(EvaluationTask Task, IReadOnlyList<ItemOutcome> Outcomes)
{
    /// <summary>The groups, in the order in which they came.</summary>
    public IReadOnlyList<GroupAccuracy> Groups { get; } =
        [.. Outcomes.GroupBy(one => one.Group).Select(group => new GroupAccuracy(group.Key, group.Count(), Interval.Proportion(group.Count(one => one.IsRight), group.Count())))];

    /// <summary>The share of items that were right.</summary>
    public Interval Accuracy => Interval.Mean([.. Groups.Select(group => group.Accuracy)]);

    /// <summary>The same with log-likelihoods divided by the choices' bytes, or null where the task does not normalize.</summary>
    public Interval? NormalizedAccuracy => Task.Rule != EvaluationRule.LikeliestChoice ? null
        : Interval.Mean([.. Outcomes.GroupBy(one => one.Group).Select(group => Interval.Proportion(group.Count(one => one.IsRightNormalized), group.Count()))]);

    /// <summary>exp of the mean −ln p of the last word, or null where that is not the task.</summary>
    public Interval? LastWordPerplexity
    {
        get
        {
            if (Task.Rule != EvaluationRule.GreedyContinuation)
            {
                return null;
            }
            Interval mean = Interval.OfMean([.. Outcomes.Select(one => -one.AnswerLogLikelihood)]);
            return new Interval(Math.Exp(mean.Value), Math.Exp(mean.Low), Math.Exp(mean.High));
        }
    }

    /// <summary>This accuracy less another one over the same items, with its paired interval.</summary>
    /// <exception cref="ArgumentException">The items are others.</exception>
    public Interval AccuracyLess(EvaluationResult other)
    {
        CheckPaired(other);
        return Interval.Mean([.. Outcomes.Zip(other.Outcomes).GroupBy(pair => pair.First.Group).Select(group => Interval.PairedDifference(
            group.Count(pair => pair.First.IsRight && !pair.Second.IsRight), group.Count(pair => !pair.First.IsRight && pair.Second.IsRight), group.Count()))]);
    }

    /// <summary>The share of items on which both decide alike, rightly or wrongly: label loyalty (Xu et al., arXiv 2109.03228, §3.1).</summary>
    /// <exception cref="ArgumentException">The items are others.</exception>
    public Interval LabelLoyalty(EvaluationResult other)
    {
        CheckPaired(other);
        return Interval.Proportion(Outcomes.Zip(other.Outcomes).Count(pair => pair.First.Decision == pair.Second.Decision), Outcomes.Count);
    }

    void CheckPaired(EvaluationResult other)
    {
        if (!Outcomes.Select(one => one.Group).SequenceEqual(other.Outcomes.Select(one => one.Group)))
        {
            throw new ArgumentException($"{Outcomes.Count} items against {other.Outcomes.Count}, or of other groups", nameof(other));
        }
    }
}
