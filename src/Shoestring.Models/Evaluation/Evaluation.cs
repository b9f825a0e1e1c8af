using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>Answers a task's items by log-likelihood, as the field does it (Gao et al., lm-evaluation-harness; Brown et al., arXiv 2005.14165, §2.4).</summary>
public static class Evaluation
{
    /// <summary>Encodes the items for a model.</summary>
    /// <exception cref="InputException">An item cannot be scored, or is longer than <paramref name="context"/> positions.</exception>
    public static ContinuationPlan Plan(LanguageModel model, IReadOnlyList<EvaluationItem> items, int context) =>
        ContinuationPlan.Of(model.Tokenizer, items.Select(item => item.Choices), context);

    /// <summary>Scores and decides all items of a plan.</summary>
    /// <param name="model">The model.</param>
    /// <param name="operations">Where it runs.</param>
    /// <param name="task">The task.</param>
    /// <param name="items">Its items.</param>
    /// <param name="plan">What <see cref="Plan"/> made of them for this model.</param>
    /// <param name="cache">How keys and values are kept; null for all of them in F16.</param>
    /// <param name="progress">Told how many items are done.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <exception cref="InputException">This model's cannot be kept so.</exception>
    public static EvaluationResult Measure(LanguageModel model, Operations operations, EvaluationTask task, IReadOnlyList<EvaluationItem> items, ContinuationPlan plan,
        CacheOptions? cache = null, Action<int>? progress = null, CancellationToken cancellation = default)
    {
        using ContinuationScorer scorer = new(model, operations, plan, cache);
        ContinuationScore[][] scores = scorer.Run(progress, cancellation);
        return new EvaluationResult(task, [.. items.Zip(scores, (item, found) => Decide(task.Rule, item, found))]);
    }

    /// <summary>What scores mean for an item.</summary>
    public static ItemOutcome Decide(EvaluationRule rule, EvaluationItem item, IReadOnlyList<ContinuationScore> scores)
    {
        ContinuationScore answer = scores[item.Answer];
        if (rule == EvaluationRule.GreedyContinuation)
        {
            return new ItemOutcome(item.Group, answer.IsGreedy, false, answer.IsGreedy ? -1 : answer.Likeliest, answer.LogLikelihood);
        }
        double[] plain = [.. scores.Select(score => score.LogLikelihood)];
        bool isNormalized = rule == EvaluationRule.LikeliestChoice;
        double[] normalized = isNormalized ? [.. plain.Zip(item.ChoiceBytes, (likelihood, bytes) => likelihood / bytes)] : plain;
        return new ItemOutcome(item.Group, IsLargest(plain, item.Answer), isNormalized && IsLargest(normalized, item.Answer), Largest(plain), answer.LogLikelihood);
    }

    // Strictly, so that a tie, or a model that says nothing but NaN, is not right by the order in which the data has its choices.
    static bool IsLargest(double[] values, int place) => values.Index().All(one => one.Index == place || one.Item < values[place]);

    static int Largest(double[] values)
    {
        int best = 0;
        for (int i = 1; i < values.Length; i++)
        {
            best = values[i] > values[best] ? i : best;
        }
        return best;
    }
}
