using Shoestring.Tensors;

namespace Shoestring.Models.Tests;

/// <summary>A loaded model with what it takes to run steps of it.</summary>
public sealed class SmallRunner : IDisposable
{
    public const int MostRows = 128;
    readonly WorkerPool pool;
    readonly StepMemory memory;

    public SmallRunner(LanguageModel model, int threads = 1, SimdPath? path = null, CacheOptions? cache = null)
    {
        Model = model;
        pool = new WorkerPool(threads);
        Operations = new Operations(pool, model.Memory, path);
        memory = new StepMemory(model.Configuration, MostRows, MostRows, model.Memory, cache);
        Step = new Step(Operations, new Batch(), memory);
    }

    public LanguageModel Model { get; }

    public Operations Operations { get; }

    public Step Step { get; }

    public SequenceState State(CacheOptions? cache = null, int capacity = 256) => Model.Transformer.CreateState(capacity, cache ?? KvFormat.F32, Model.Memory);

    /// <summary>Logits <c>[row][token]</c> of consecutive tokens, <paramref name="chunk"/> rows a step.</summary>
    public float[][] Logits(ReadOnlySpan<int> tokens, int chunk, CacheOptions cache)
    {
        using SequenceState state = State(cache);
        return Continue(state, tokens, chunk);
    }

    /// <summary>The same, from where a state stands.</summary>
    public float[][] Continue(SequenceState state, ReadOnlySpan<int> tokens, int chunk)
    {
        List<float[]> rows = [];
        for (int first = 0; first < tokens.Length; first += chunk)
        {
            ReadOnlySpan<int> next = tokens.Slice(first, Math.Min(chunk, tokens.Length - first));
            Step.Batch.Clear();
            Step.Batch.Add(state, next, next.Length);
            rows.AddRange(Forward());
        }
        return [.. rows];
    }

    /// <summary>Runs the step's batch.</summary>
    public float[][] Forward()
    {
        Tensor logits = Model.Transformer.Forward(Step);
        return [.. Enumerable.Range(0, logits.Rows).Select(row => logits.Row(row).ToArray())];
    }

    public void Dispose()
    {
        memory.Dispose();
        Operations.Dispose();
        pool.Dispose();
    }
}
