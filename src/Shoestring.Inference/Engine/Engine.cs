using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Inference;

/// <summary>What an engine is set up for.</summary>
public sealed record EngineOptions
{
    /// <summary>Positions of each sequence; null for what a request needs.</summary>
    public int? Context { get; init; }

    /// <summary>How keys and values are kept. Default F16, as llama.cpp: half the memory of F32, and no loss that shows.</summary>
    public KvFormat KvFormat { get; init; } = KvFormat.F16;

    /// <summary>Which keys and values are dropped from a long sequence; null for none.</summary>
    public EvictionOptions? Eviction { get; init; }

    /// <summary>Share of the feed-forward neurons that answers leave out; 0 for none.</summary>
    public double Sparsity { get; init; }

    /// <summary>All of it, as a sequence's state takes them.</summary>
    public CacheOptions Cache => new() { Format = KvFormat, Eviction = Eviction, Sparsity = Sparsity };

    /// <summary>
    /// Most rows of a step, at least one for each sequence; prompts are read in pieces of this size. Null for
    /// <see cref="StepMemory.UsualRows"/>.
    /// </summary>
    public int? BatchRows { get; init; }

    /// <summary>Most sequences at once.</summary>
    public int MaximumSequences { get; init; } = 16;
}

/// <summary>
/// Generates text. <see cref="Step"/> is the whole of it: schedule rows (each running sequence's next token, then prompts in
/// pieces), run the model, choose tokens. Since a row's result does not depend on the batch, nor does an answer.
/// One thread at a time may call it.
/// </summary>
public sealed class Engine : IDisposable
{
    readonly LanguageModel model;
    readonly EngineOptions options;
    readonly StepMemory memory;
    readonly Step step;
    readonly List<Generation> running = [];
    readonly List<Generation> scheduled = [];

    /// <summary>An engine for <paramref name="model"/> that runs on <paramref name="pool"/>'s threads.</summary>
    public Engine(LanguageModel model, WorkerPool pool, EngineOptions? options = null, SimdPath? path = null)
    {
        this.model = model;
        this.options = options ?? new EngineOptions();
        Operations = new Operations(pool, model.Memory, path);
        int rows = this.options.BatchRows ?? Math.Max(StepMemory.UsualRows(model.Configuration), this.options.MaximumSequences);
        memory = new StepMemory(model.Configuration, rows, this.options.MaximumSequences, model.Memory, this.options.Cache);
        step = new Step(Operations, new Batch(), memory);
    }

    /// <summary>The model.</summary>
    public LanguageModel Model => model;

    /// <summary>Where it is computed, with the counters of what was.</summary>
    public Operations Operations { get; }

    /// <summary>Takes a request on. The caller disposes of the generation when it has read it.</summary>
    /// <exception cref="InputException">The prompt is empty or does not fit the context, or too many sequences run.</exception>
    public Generation Submit(GenerationRequest request)
    {
        if (request.Prompt.Count == 0)
        {
            throw new InputException("the prompt is empty", "prompt", "give at least one character");
        }
        int capacity = options.Context ?? (int)Math.Min(int.MaxValue, request.Prompt.Count + (long)Math.Max(0, request.MaximumTokens));
        if (request.Prompt.Count >= capacity)
        {
            throw new InputException($"the prompt has {request.Prompt.Count} tokens and the context {capacity} positions", "prompt", "shorten it or give a larger --context");
        }
        if (running.Count >= options.MaximumSequences)
        {
            throw new InvalidOperationException($"{running.Count} sequences run already");
        }
        Generation generation = new(request, model.Transformer.CreateState(capacity, options.Cache, model.Memory), model.Tokenizer);
        running.Add(generation);
        return generation;
    }

    /// <summary>Gives a request up.</summary>
    public void Cancel(Generation generation) => running.Remove(generation);

    /// <summary>Runs one step; returns whether anything is left to do.</summary>
    /// <exception cref="InputException">A context is full and its request allows no shift: that request has ended.</exception>
    public bool Step()
    {
        Schedule();
        if (scheduled.Count == 0)
        {
            return false;
        }
        Tensor logits = model.Transformer.Forward(step);
        int row = 0;
        for (int i = 0; i < scheduled.Count; i++)
        {
            Generation generation = scheduled[i];
            generation.Read(step.Batch.Sequences[i].Rows);
            if (generation.Pending.Length == 0)
            {
                generation.Accept(logits.Row(row++));
            }
        }
        running.RemoveAll(g => g.Stop != StopReason.None);
        return running.Count > 0;
    }

    void Schedule()
    {
        step.Batch.Clear();
        scheduled.Clear();
        // Running sequences first: one row each, so that a long prompt delays nobody's next token by more than a step.
        Schedule(prompts: false);
        Schedule(prompts: true);
    }

    void Schedule(bool prompts)
    {
        for (int i = 0; i < running.Count && step.Batch.Rows < memory.Rows; i++)
        {
            Generation generation = running[i];
            if (generation.Pending.Length > 1 == prompts && !scheduled.Contains(generation))
            {
                Add(generation);
            }
        }
    }

    void Add(Generation generation)
    {
        if (generation.State.Length + generation.Pending.Length > generation.State.Capacity)
        {
            if (!generation.Request.ShiftContext)
            {
                // The others go on with the next step.
                running.Remove(generation);
            }
            generation.MakeRoom();
        }
        ReadOnlySpan<int> pending = generation.Pending;
        ReadOnlySpan<int> next = pending[..Math.Min(memory.Rows - step.Batch.Rows, pending.Length)];
        step.Batch.Add(generation.State, next, next.Length == pending.Length ? 1 : 0);
        scheduled.Add(generation);
    }

    /// <summary>Generates for one request, piece by piece.</summary>
    public IEnumerable<GeneratedPiece> Generate(GenerationRequest request, CancellationToken cancellation = default)
    {
        using Generation generation = Submit(request);
        try
        {
            while (generation.Stop == StopReason.None && !cancellation.IsCancellationRequested)
            {
                Step();
                while (generation.TryRead(out GeneratedPiece piece))
                {
                    yield return piece;
                }
            }
        }
        finally
        {
            Cancel(generation);
        }
    }

    /// <summary>Generates for one prompt, as text.</summary>
    public IEnumerable<string> Generate(string prompt, int maximumTokens = 128, SamplingOptions? sampling = null, CancellationToken cancellation = default) =>
        Generate(new GenerationRequest(model.Tokenizer.Encode(prompt)) { MaximumTokens = maximumTokens, Sampling = sampling ?? new SamplingOptions() }, cancellation).Select(p => p.Text);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Generation generation in running)
        {
            generation.Dispose();
        }
        memory.Dispose();
        Operations.Dispose();
    }
}
