using Shoestring.Metering;
using Shoestring.Models;
using Shoestring.Techniques;
using Shoestring.Tensors;
using Work = Shoestring.Metering.Work;

namespace Shoestring.Experiments;

/// <summary>Measures candidates of a GGUF model: writes each, scores a text with it, runs it, and holds it against the original.</summary>
public sealed class ModelMeasurer : ICandidateMeasurer, IDisposable
{
    readonly GgufFile model;
    readonly WorkerPool pool;
    readonly MeasurerOptions options;
    readonly CandidatePrediction prediction;
    readonly CandidateFiles files;
    readonly int[] tokens;

    /// <summary>Prepares to measure; the text is tokenized once.</summary>
    /// <param name="model">The original, open.</param>
    /// <param name="text">The held-out text.</param>
    /// <param name="textName">What messages call it.</param>
    /// <param name="pool">The threads.</param>
    /// <param name="options">How to measure.</param>
    /// <exception cref="InputException">The text is shorter than one chunk.</exception>
    public ModelMeasurer(GgufFile model, string text, string textName, WorkerPool pool, MeasurerOptions options)
    {
        (this.model, this.pool, this.options) = (model, pool, options);
        prediction = new CandidatePrediction(model, options, ProcessCounters.ResidentBytes());
        files = new CandidateFiles(model, pool, options);
        (tokens, Chunks) = Perplexity.Prepare(TokenizerFiles.Load(model), text, textName, options.Scoring);
    }

    /// <inheritdoc/>
    public int Chunks { get; }

    /// <summary>What was counted over all candidates that were measured here.</summary>
    public Cost Counted { get; private set; } = new();

    /// <summary>Tokens over all candidates that were measured here.</summary>
    public Work Work { get; private set; } = new("optimize");

    /// <inheritdoc/>
    public CandidateForecast Predict(CandidatePlan plan) => prediction.Of(plan);

    /// <inheritdoc/>
    public ScoreMeasurement Score(CandidatePlan plan, IReadOnlyList<int> chunks, CancellationToken cancellation)
    {
        using var meter = Meter.Start(options.Meter);
        using GgufFile? written = plan.Techniques.Count == 0 ? null : files.Open(plan, cancellation);
        GgufFile file = written ?? model;
        using LanguageModel candidate = LanguageModel.Load(file, pool);
        using var operations = new Operations(pool, candidate.Memory);
        PerplexityResult score = Perplexity.Measure(candidate, operations, tokens, chunks, Scoring(candidate), cancellation: cancellation);
        var work = new Work("optimize", (long)chunks.Count * options.Scoring.Context, 0, 1) { Model = plan.Label };
        Cost counted = ModelWork.Counted(candidate, operations.Counters);
        Count(work, counted);
        return new ScoreMeasurement
        {
            StoredBytes = file.FileBytes,
            Score = Blocks(score),
            Receipt = meter.Stop(new WorkReport(work) { Counted = counted with { StoredBytes = file.FileBytes } }),
            Counted = counted,
        };
    }

    /// <inheritdoc/>
    public IReadOnlyList<CandidateMeasurement> Finish(IReadOnlyList<CandidatePlan> plans, Action<int, int> progress, CancellationToken cancellation)
    {
        CandidateRounds[] rounds = [.. plans.Select(_ => new CandidateRounds())];
        int done = 0, all = plans.Count * (options.Bench.Repeats + 1);
        for (int round = 1; round < options.Bench.Repeats; round++)
        {
            foreach ((CandidatePlan plan, CandidateRounds one) in plans.Zip(rounds))
            {
                using GgufFile? written = plan.Techniques.Count == 0 ? null : files.Open(plan, cancellation);
                using LanguageModel candidate = LanguageModel.Load(written ?? model, pool);
                one.Add(candidate, pool, CacheOf(candidate), options.Bench, cancellation);
                progress(++done, all);
            }
        }

        var finished = new List<CandidateMeasurement>();
        foreach ((CandidatePlan plan, CandidateRounds one) in plans.Zip(rounds))
        {
            finished.Add(Last(plan, one, cancellation));
            progress(done += 2, all);
        }

        return finished;
    }

    /// <inheritdoc/>
    public void Discard(CandidatePlan plan) => files.Discard(plan);

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

    // The last round stands alone, with memory given back before it, so that the peak is the candidate's own.
    CandidateMeasurement Last(CandidatePlan plan, CandidateRounds rounds, CancellationToken cancellation)
    {
        using GgufFile? written = plan.Techniques.Count == 0 ? null : files.Open(plan, cancellation);
        GgufFile file = written ?? model;
        ReturnMemory();
        using var meter = Meter.Start(options.Meter);
        using LanguageModel candidate = LanguageModel.Load(file, pool);
        using var operations = new Operations(pool, candidate.Memory);
        rounds.Add(candidate, pool, CacheOf(candidate), options.Bench, cancellation);
        Perplexity.Measure(candidate, operations, tokens, [0], Scoring(candidate), cancellation: cancellation);
        var work = new Work("optimize", rounds.PromptTokens + options.Scoring.Context, rounds.GeneratedTokens, 1) { Model = plan.Label };

        // The peak up to here is the candidate's own: to hold it against the original takes both in memory.
        Figure peak = meter.Stop(new WorkReport(work)).Memory.PeakResidentBytes;
        ComparisonResult? loyalty = written is null ? null : Loyalty(candidate, operations, cancellation);
        Cost counted = SearchCost.Add(rounds.Counted, ModelWork.Counted(candidate, operations.Counters));
        Count(work, counted);
        return new CandidateMeasurement
        {
            Figures = new CandidateRates(options.Meter, rounds.Result, counted).Figures(file.FileBytes, peak, loyalty),
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

    static CacheOptions CacheOf(LanguageModel candidate) => RunSetup.Of(candidate).Cache ?? new CacheOptions();

    ScoringOptions Scoring(LanguageModel candidate) => options.Scoring with { Cache = CacheOf(candidate) };

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

    // The original is loaded for this alone, so that it weighs on no candidate's peak memory.
    ComparisonResult Loyalty(LanguageModel candidate, Operations operations, CancellationToken cancellation)
    {
        using LanguageModel first = LanguageModel.Load(model, pool);
        int chunks = Math.Min(options.LoyaltyChunks, Chunks);
        return Comparison.Measure(first, candidate, operations, tokens, chunks, Scoring(candidate), cancellation: cancellation);
    }

    /// <inheritdoc/>
    public void Dispose() => files.Dispose();
}
