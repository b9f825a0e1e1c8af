using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>
/// Σ ln p(continuation | context) of many texts. Several texts go through the model at once, their rows side by side and
/// without padding; each sequence's state is rolled back to what alternatives share before the next of them. Since a row's
/// result does not depend on the batch and sums run in the order of positions, neither does a score.
/// </summary>
public sealed class ContinuationScorer : IDisposable
{
    const int StepLogits = 64;
    const int MostSequences = 16;

    // As many short texts at once as have room in the cache of one long one.
    const int CachePositions = 2048;

    readonly LanguageModel model;
    readonly ContinuationPlan plan;
    readonly StepMemory memory;
    readonly Step step;
    readonly ScoringLane[] lanes;
    readonly List<ScoringLane> scheduled = [];

    /// <summary>Takes the memory that the plan needs.</summary>
    /// <param name="model">The model.</param>
    /// <param name="operations">Where it runs.</param>
    /// <param name="plan">The texts.</param>
    /// <param name="cache">How keys and values are kept; null for all of them in F16.</param>
    /// <exception cref="InputException">This model's cannot be kept so.</exception>
    public ContinuationScorer(LanguageModel model, Operations operations, ContinuationPlan plan, CacheOptions? cache = null)
    {
        (this.model, this.plan) = (model, plan);
        cache ??= new CacheOptions();
        memory = new StepMemory(model.Configuration, StepMemory.UsualRows(model.Configuration), StepLogits, model.Memory, cache);
        step = new Step(operations, new Batch(), memory);
        lanes = [.. Enumerable.Range(0, Sequences(plan)).Select(_ => new ScoringLane(model.Transformer.CreateState(plan.Longest, cache, model.Memory)))];
    }

    /// <summary>Sequences that go through the model at once.</summary>
    public static int Sequences(ContinuationPlan plan) => Math.Min(plan.All.Length, Math.Clamp(CachePositions / Math.Max(1, plan.Longest), 1, MostSequences));

    /// <summary>Scores all texts, in the order of the plan.</summary>
    /// <param name="progress">Told how many alternatives are done.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <returns><c>[alternatives][text]</c></returns>
    public ContinuationScore[][] Run(Action<int>? progress = null, CancellationToken cancellation = default)
    {
        ContinuationScore[][] scores = new ContinuationScore[plan.All.Length][];
        int next = 0, done = 0;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            Schedule(ref next);
            if (scheduled.Count == 0)
            {
                return scores;
            }
            Tensor logits = model.Transformer.Forward(step);
            int row = 0;
            foreach (ScoringLane lane in scheduled)
            {
                row += lane.Read(logits, row);
                if (lane.TryFinish(out int index, out ContinuationScore[] finished))
                {
                    scores[index] = finished;
                    progress?.Invoke(++done);
                }
            }
        }
    }

    void Schedule(ref int next)
    {
        step.Batch.Clear();
        scheduled.Clear();
        foreach (ScoringLane lane in lanes)
        {
            if (lane.IsIdle && next < plan.All.Length)
            {
                lane.Begin(next, plan.All[next]);
                next++;
            }
            if (!lane.IsIdle && lane.Add(step.Batch, memory.Rows - step.Batch.Rows, memory.LogitRows - step.Batch.LogitRows.Length))
            {
                scheduled.Add(lane);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (ScoringLane lane in lanes)
        {
            lane.Dispose();
        }
        memory.Dispose();
    }
}
