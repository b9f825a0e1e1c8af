using Shoestring.Inference;
using Shoestring.Metering;
using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Experiments;

/// <summary>What the rounds of measuring one candidate gave so far.</summary>
sealed class CandidateRounds
{
    readonly List<double> prefill = [], decode = [];
    BenchResult? last;

    /// <summary>Tokens of prompts that were run.</summary>
    public long PromptTokens { get; private set; }

    /// <summary>Tokens that were generated.</summary>
    public long GeneratedTokens { get; private set; }

    /// <summary>What was counted.</summary>
    public Cost Counted { get; private set; } = new();

    /// <summary>All rounds as one.</summary>
    public BenchResult Result => last! with { Prefill = new RateSamples(prefill), Decode = new RateSamples(decode), PromptTokens = PromptTokens, GeneratedTokens = GeneratedTokens };

    /// <summary>Measures one round.</summary>
    /// <param name="candidate">The model.</param>
    /// <param name="pool">The threads.</param>
    /// <param name="cache">How it keeps keys and values.</param>
    /// <param name="options">What to measure.</param>
    /// <param name="cancellation">Stops between steps.</param>
    public void Add(LanguageModel candidate, WorkerPool pool, CacheOptions cache, BenchOptions options, CancellationToken cancellation)
    {
        using var engine = new Engine(candidate, pool, new EngineOptions
        {
            KvFormat = cache.Format,
            Eviction = cache.Eviction,
            Sparsity = cache.Sparsity,
            MaximumSequences = 1,
            BatchRows = Math.Min(options.PromptTokens, StepMemory.UsualRows(candidate.Configuration)),
        });
        last = new ModelBench(candidate, engine, options with { Repeats = 1 }).Run(cancellation: cancellation);
        prefill.AddRange(last.Prefill.Samples);
        decode.AddRange(last.Decode.Samples);
        PromptTokens += last.PromptTokens;
        GeneratedTokens += last.GeneratedTokens;
        Counted = SearchCost.Add(Counted, ModelWork.Counted(candidate, engine.Operations.Counters));
    }
}
