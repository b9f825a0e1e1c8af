using Shoestring.Inference;
using Shoestring.Models;

namespace Shoestring.Cli;

/// <summary>Measures rates: of a model on this machine, or of the machine alone.</summary>
sealed class BenchVerb : Verb
{
    static readonly BenchOptions usual = new();

    readonly Argument<string?> model = ModelReference.Argument();
    readonly Option<int?> promptTokens = Values.Integer("--prompt-tokens", $"Tokens that prefill is measured with (default {usual.PromptTokens})", 1, 1 << 20);
    readonly Option<int?> generateTokens = Values.Integer("--generate-tokens", $"Tokens that decoding is measured with, from an empty context (default {usual.GenerateTokens})", 1, 1 << 20);
    readonly Option<int[]?> batches = Values.Integers("--batch", $"Numbers of sequences to decode at once (default {string.Join(',', usual.Batches)})", "B,…", 1, 256);
    readonly Option<int?> repeats = Values.Integer("--repeat", $"Rounds that count; one more before them warms up (default {usual.Repeats})", 1, 10_000);
    readonly KvValues kv = new();
    readonly Option<bool> machine = Values.Flag("--machine", "Measure this machine's limits instead, and keep them: what speeds are a share of");

    public BenchVerb() : base("bench", "Measure how fast a model runs, and what share of this machine's limits that is",
        new Example("shoestring bench --machine", "measure this machine, once"),
        new Example("shoestring bench model.gguf", "prefill, decode, and several sequences at once"),
        new Example("shoestring bench model.gguf --batch 1,2,16 --repeat 9 --threads 4", "as you like"))
    {
        Add(model);
        foreach (Option option in (Option[])[promptTokens, generateTokens, batches, repeats, .. kv.All, machine])
        {
            Add(option);
        }
    }

    public override Answer Run(Session session) => session.Value(machine) ? MachineBench.Run(session) : Model(session);

    Answer Model(Session session)
    {
        BenchOptions options = Chosen(session);
        ModelReference reference = ModelReference.Of(session, model);
        using var pool = new WorkerPool(session.Threads);
        using LanguageModel loaded = ModelLoading.Load(session, reference, pool);
        using var engine = new Engine(loaded, pool, Engine(session, loaded, options));
        BenchResult result = session.Track("measuring", "measurement", progress => new ModelBench(loaded, engine, options)
            .Run((done, all) => progress.Report(new Amount(done, all)), session.Cancellation));
        BenchReport report = Report(session, result);
        var work = new Work("bench", result.PromptTokens, result.GeneratedTokens, options.Batches.Append(1).Max()) { Model = reference.Name };
        return new Answer(new WorkReport(work) { Counted = ModelWork.Counted(loaded, engine.Operations.Counters) }, writer => report.Fields(writer, session.Threads))
        {
            Text = output => report.Write(output, session.Host, session.Threads),
        };
    }

    BenchOptions Chosen(Session session) => new()
    {
        PromptTokens = session.Value(promptTokens) ?? usual.PromptTokens,
        GenerateTokens = session.Value(generateTokens) ?? usual.GenerateTokens,
        Batches = session.Value(batches) is { } given ? [.. given.Distinct()] : usual.Batches,
        Repeats = session.Value(repeats) ?? usual.Repeats,
        Seed = session.Seed,
    };

    EngineOptions Engine(Session session, LanguageModel model, BenchOptions options)
    {
        int sequences = options.Batches.Append(1).Max();
        CacheOptions cache = kv.Of(session, model);
        return new EngineOptions
        {
            KvFormat = cache.Format,
            Eviction = cache.Eviction,
            Sparsity = cache.Sparsity,
            MaximumSequences = sequences,
            BatchRows = Math.Clamp(options.PromptTokens, sequences, Math.Max(sequences, StepMemory.UsualRows(model.Configuration))),
        };
    }

    static BenchReport Report(Session session, BenchResult result)
    {
        MachineLimits? limits = MachineLimits.Load(session.Host.Folders.MachineFile, out string reason);
        return new BenchReport(result, limits, reason);
    }
}
