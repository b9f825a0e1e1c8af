using Shoestring.Models;
using Shoestring.Techniques;

namespace Shoestring.Cli;

/// <summary>Scores a task's items with one model after the other, and adds up what that took.</summary>
/// <param name="session">The command.</param>
/// <param name="task">The task.</param>
/// <param name="items">The items as they are, then perturbed in each way.</param>
/// <param name="context">Positions of a text, or null for what each model was trained for.</param>
sealed class EvaluateRun(Session session, EvaluationTask task, IReadOnlyList<EvaluationItem>[] items, int? context)
{
    Cost counted = new();
    long tokens, texts;

    /// <summary>What was predicted by the cost model.</summary>
    public Cost Predicted { get; private set; } = new();

    /// <summary>Texts that were cut to the context.</summary>
    public int Truncated { get; private set; }

    /// <summary>Loads a model and scores the first <paramref name="variants"/> of the items' variants.</summary>
    /// <param name="reference">The model.</param>
    /// <param name="variants">How many of them.</param>
    /// <param name="adapters">What is put on it; null for the original, whose file's bytes the receipt does not state.</param>
    public IReadOnlyList<EvaluationResult> Score(ModelReference reference, int variants, AdapterValues? adapters)
    {
        using var pool = new WorkerPool(session.Threads);
        using LanguageModel model = ModelLoading.Load(session, reference, pool, adapters);
        using var operations = new Operations(pool, model.Memory);
        int positions = Positions(model);
        ContinuationPlan[] plans = [.. items.Take(variants).Select(variant => Evaluation.Plan(model, variant, positions))];
        CacheOptions cache = Cache(model);
        Expect(model, plans, positions, cache);
        EvaluationResult[] results = session.Track($"scoring {reference.Name}", "item", progress =>
        {
            double total = items[0].Count * (double)variants;
            return plans.Index().Select(plan => Evaluation.Measure(model, operations, task, items[plan.Index], plan.Item, cache,
                done => progress.Report(new Amount((plan.Index * items[0].Count) + done, total)), session.Cancellation)).ToArray();
        });
        Cost took = ModelWork.Counted(model, operations.Counters);
        counted = Together(counted, adapters is not null ? took : took with { StoredBytes = counted.StoredBytes });
        return results;
    }

    /// <summary>What was done, for the receipt.</summary>
    public WorkReport Report(string name, EvaluationResult result)
    {
        Interval accuracy = result.Accuracy;
        string how = $"{task.Name}: share of {result.Outcomes.Count} items, 95 % interval by Wilson's score"
            + (result.Groups.Count > 1 ? $", mean over {result.Groups.Count} groups" : "");
        return new WorkReport(new Work("evaluate", tokens, 0, texts) { Model = name })
        {
            Counted = counted,
            Quality = new QualityFigures { Accuracy = Figure.Counted(accuracy.Value, Units.One, how).Within(accuracy.Low, accuracy.High) },
        };
    }

    int Positions(LanguageModel model)
    {
        int trained = model.Configuration.ContextLength;
        return context is { } asked && asked > trained && model.Configuration.Rotary is null
            ? throw new InputException($"the model has {trained} learned positions, the context {asked}", "--context", "give a smaller one or leave it out")
            : context ?? trained;
    }

    // Which neurons a sequence leaves out is decided by a prompt, and here each alternative would have one of its own.
    CacheOptions Cache(LanguageModel model)
    {
        RunSetup setup = RunSetup.Of(model);
        if (setup.Cache is not { } cache)
        {
            return new CacheOptions();
        }

        session.Note($"{model.Path} asks for {string.Join(" + ", setup.CacheCalls)}{(cache.Sparsity > 0 ? "; all neurons are computed here" : "")}");
        return cache with { Sparsity = 0 };
    }

    void Expect(LanguageModel model, ContinuationPlan[] plans, int positions, CacheOptions cache)
    {
        ModelLoading.WarnPastTraining(session, model, plans.Max(plan => plan.Longest));
        int cut = plans.Sum(plan => plan.Truncated);
        if (cut > 0)
        {
            session.Warn($"{cut} of the texts are longer than the context of {positions} positions and were cut from the left");
        }

        Truncated += cut;
        tokens += plans.Sum(plan => plan.Rows);
        texts += items.Take(plans.Length).Sum(variant => variant.Sum(item => (long)item.Choices.Texts.Count));
        if (cache.Eviction is null && !cache.Format.IsKivi() && model.Adapters.VirtualRows == 0)
        {
            // Others may read a text again for each alternative.
            Predicted = Together(Predicted, new Cost
            {
                Operations = new OperationCounts(Float32: plans.Sum(plan => plan.Flops(model.Cost) + plan.Rows * model.Adapters.FlopsPerRow)),
                KvCacheBytes = plans.Max(plan => ContinuationScorer.Sequences(plan) * model.Cost.KvCacheBytes(plan.Longest, cache)),
            });
        }
    }

    // One model is in memory at a time: what was held is the larger, what was done is the sum.
    static Cost Together(Cost first, Cost second) => second with
    {
        Operations = first.Operations is { } operations ? operations + (second.Operations ?? default) : second.Operations,
        WeightBytes = Larger(first.WeightBytes, second.WeightBytes),
        KvCacheBytes = Larger(first.KvCacheBytes, second.KvCacheBytes),
        ActivationBytes = Larger(first.ActivationBytes, second.ActivationBytes),
        WeightBytesMoved = (first.WeightBytesMoved ?? 0) + second.WeightBytesMoved,
        KvCacheBytesMoved = (first.KvCacheBytesMoved ?? 0) + second.KvCacheBytesMoved,
    };

    static double? Larger(double? one, double? other) => one is null || other > one ? other : one;
}
