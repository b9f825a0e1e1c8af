using Shoestring.Inference;
using Shoestring.Models;

namespace Shoestring.Cli;

/// <summary>How <c>run</c> generates.</summary>
sealed record RunSettings
{
    /// <summary>Most tokens of an answer.</summary>
    public required int MaximumTokens { get; init; }

    /// <summary>Positions of a sequence, or null for what each request needs.</summary>
    public required int? Context { get; init; }

    /// <summary>How keys and values are kept.</summary>
    public required CacheOptions Cache { get; init; }

    /// <summary>How tokens are chosen.</summary>
    public required SamplingOptions Sampling { get; init; }

    /// <summary>Texts that end an answer.</summary>
    public required IReadOnlyList<string> Stops { get; init; }

    /// <summary>Whether a full context forgets its older half.</summary>
    public required bool Shift { get; init; }

    /// <summary>An engine of <paramref name="model"/> for prompts of up to <paramref name="rows"/> tokens and so many sequences at once.</summary>
    public EngineOptions Engine(LanguageModel model, int rows, int sequences) => new()
    {
        Context = Context,
        KvFormat = Cache.Format,
        Eviction = Cache.Eviction,
        Sparsity = Cache.Sparsity,
        BatchRows = Math.Clamp(rows, sequences, Math.Max(sequences, StepMemory.UsualRows(model.Configuration))),
        MaximumSequences = sequences,
    };

    /// <summary>The longest stretch that a row looks back over in a text of <paramref name="positions"/>.</summary>
    public int Reach(long positions) => (int)Math.Min(positions, Math.Min(Context ?? int.MaxValue, Cache.Reach ?? int.MaxValue));

    /// <summary>The request for a prompt.</summary>
    public GenerationRequest Request(IReadOnlyList<int> prompt, IReadOnlyList<string> moreStops, int number = 0) => new(prompt)
    {
        MaximumTokens = MaximumTokens,
        Sampling = Sampling,
        Stop = [.. Stops, .. moreStops],
        ShiftContext = Shift,
        Number = (ulong)number,
    };

    /// <summary>What one prompt is expected to cost if the answer takes all its tokens.</summary>
    public Prediction Predict(LanguageModel model, int prompt)
    {
        // The last token is never read back, and every other row reads those before it.
        int before = model.Adapters.VirtualRows, rows = before + prompt + MaximumTokens - 1;
        int capacity = before + (Context ?? prompt + MaximumTokens);
        return rows >= capacity ? new Prediction() : new Prediction
        {
            Cost = new Cost
            {
                Operations = new OperationCounts(Float32: model.Cost.ProductFlops(rows, MaximumTokens) + (rows * model.Adapters.FlopsPerRow) - model.Cost.NeuronFlopsSaved(rows - before - prompt, Cache) + model.Cost.AttentionFlops(new WorkSpan(0, rows), Cache)),
                KvCacheBytes = model.Cost.KvCacheBytes(capacity, Cache),
            },
        };
    }
}
