using Shoestring.Inference;
using Shoestring.Metering;
using Shoestring.Models;
using Shoestring.Techniques;
using Shoestring.Tensors;
using Work = Shoestring.Metering.Work;

namespace Shoestring.Experiments;

/// <summary>Measures candidates of a GGUF model: writes each, runs it, scores a text with it, and holds it against the original.</summary>
/// <param name="model">The original, open.</param>
/// <param name="text">The held-out text.</param>
/// <param name="textName">What messages call it.</param>
/// <param name="pool">The threads.</param>
/// <param name="options">How to measure.</param>
public sealed class ModelMeasurer(GgufFile model, string text, string textName, WorkerPool pool, MeasurerOptions options) : ICandidateMeasurer
{
    readonly CandidatePrediction prediction = new(model, options);

    /// <summary>What was counted over all candidates that were measured here.</summary>
    public Cost Counted { get; private set; } = new();

    /// <summary>Tokens over all candidates that were measured here.</summary>
    public Work Work { get; private set; } = new("optimize");

    /// <inheritdoc/>
    public CandidateFigures Predict(CandidatePlan plan) => prediction.Of(plan);

    /// <inheritdoc/>
    public CandidateMeasurement Measure(CandidatePlan plan, CancellationToken cancellation)
    {
        if (plan.Techniques.Count == 0)
        {
            return Measure(plan, model, null, cancellation);
        }

        // Named by what it is: a search that was killed while it made this one goes on with its finished blocks.
        string path = Path.Combine(options.WorkFolder, $"candidate-{ContentHash.OfText(plan.Label)[..16]}.gguf");
        try
        {
            Write(plan, path, cancellation);
            using GgufFile written = GgufFile.Open(path);
            return Measure(plan, written, model, cancellation);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>Writes a candidate's model.</summary>
    /// <param name="plan">The candidate.</param>
    /// <param name="path">The file, which replaces one that is there.</param>
    /// <param name="cancellation">Stops the writing; nothing remains then.</param>
    /// <exception cref="InputException">A technique cannot be applied, or the file cannot be written.</exception>
    public void Write(CandidatePlan plan, string path, CancellationToken cancellation)
    {
        GgufRewrite rewrite = GgufRewrite.Plan(model, [.. plan.Techniques.Select(TechniqueCall.Parse)]);
        rewrite.Write(path, pool, options.Calibration, cancellation: cancellation);
    }

    CandidateMeasurement Measure(CandidatePlan plan, GgufFile file, GgufFile? original, CancellationToken cancellation)
    {
        ReturnMemory();
        using var meter = Meter.Start(options.Meter);
        using LanguageModel candidate = LanguageModel.Load(file, pool);
        using var operations = new Operations(pool, candidate.Memory);
        CacheOptions cache = RunSetup.Of(candidate).Cache ?? new CacheOptions();
        ScoringOptions scoring = options.Scoring with { Cache = cache };
        (BenchResult rates, Cost benched) = Rates(candidate, cache, cancellation);
        PerplexityResult score = Perplexity.Measure(candidate, operations, text, textName, scoring, cancellation: cancellation);
        var work = new Work("optimize", rates.PromptTokens + ((long)score.Chunks * options.Scoring.Context), rates.GeneratedTokens, 1) { Model = plan.Label };

        // The peak up to here is the candidate's own: to hold it against the original takes both in memory.
        Figure peak = meter.Stop(new WorkReport(work)).Memory.PeakResidentBytes;
        ComparisonResult? loyalty = original is null ? null : Loyalty(original, candidate, operations, scoring, cancellation);
        Cost counted = SearchCost.Add(benched, ModelWork.Counted(candidate, operations.Counters));
        Count(work, counted);
        return new CandidateMeasurement
        {
            Figures = new CandidateRates(options.Meter, rates, counted).Figures(file.FileBytes, peak, loyalty),
            Score = Blocks(score),
            Receipt = meter.Stop(new WorkReport(work) { Counted = counted with { StoredBytes = file.FileBytes } }),
            Counted = counted,
        };
    }

    // What an earlier candidate, or writing this one, left behind would stand in this one's peak. A collection is the one way to
    // have the runtime give memory back, and no step waits for this one.
    static void ReturnMemory()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        NativeBuffer.ReturnFreed();
    }

    void Count(Work work, Cost counted)
    {
        Counted = SearchCost.Add(Counted, counted);
        Work = Work with { PromptTokens = Work.PromptTokens + work.PromptTokens, GeneratedTokens = Work.GeneratedTokens + work.GeneratedTokens };
    }

    TextScore Blocks(PerplexityResult score)
    {
        int scored = options.Scoring.Context - 1 - (options.Scoring.Context / 2);
        return TextScore.FromChunks(score.Losses.Chunk(scored).Select(chunk => Array.ConvertAll(chunk, loss => (float)loss)));
    }

    (BenchResult Rates, Cost Counted) Rates(LanguageModel candidate, CacheOptions cache, CancellationToken cancellation)
    {
        using var engine = new Engine(candidate, pool, new EngineOptions { KvFormat = cache.Format, Eviction = cache.Eviction, MaximumSequences = 1, BatchRows = Math.Min(options.Bench.PromptTokens, StepMemory.UsualRows(candidate.Configuration)) });
        BenchResult rates = new ModelBench(candidate, engine, options.Bench).Run(cancellation: cancellation);
        return (rates, ModelWork.Counted(candidate, engine.Operations.Counters));
    }

    // The original is loaded for this alone, so that it weighs on no candidate's peak memory.
    ComparisonResult Loyalty(GgufFile original, LanguageModel candidate, Operations operations, ScoringOptions all, CancellationToken cancellation)
    {
        using LanguageModel first = LanguageModel.Load(original, pool);
        ScoringOptions scoring = all with { Chunks = Math.Min(options.LoyaltyChunks, all.Chunks ?? int.MaxValue) };
        return Comparison.Measure(first, candidate, operations, text, textName, scoring, cancellation: cancellation);
    }
}
