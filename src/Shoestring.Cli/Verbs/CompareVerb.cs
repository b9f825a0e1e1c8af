using Shoestring.Models;

namespace Shoestring.Cli;

/// <summary>Holds a model's predictions against another's.</summary>
sealed class CompareVerb : Verb
{
    readonly Argument<string[]> named = new("[MODEL] OTHER FILE")
    {
        Description = $"The original (default: ${ModelReference.Variable}, else the built-in model), what was made from it, and the text to predict",
        Arity = new ArgumentArity(2, 3),
    };

    readonly ScoringValues scoring = new(" of OTHER");
    readonly AdapterValues adapters = new("Attach an adapter to OTHER");

    public CompareVerb() : base("compare", "Hold one model's predictions against another's: agreement, divergence, loyalty",
        new Example("shoestring compare model.gguf small.gguf text.txt --context 256", "what quantizing has changed"),
        new Example("shoestring compare model.gguf model.gguf text.txt --kv-type kivi2", "what quantizing keys and values changes"),
        new Example("shoestring compare model.gguf model.gguf text.txt --adapter tuned/adapter.gguf", "what tuning has changed"))
    {
        Add(named);
        foreach (Option option in (Option[])[.. scoring.All, .. adapters.All])
        {
            Add(option);
        }
    }

    public override Answer Run(Session session)
    {
        string[] names = session.Value(named)!;
        ModelReference reference = ModelReference.Of(session, names.Length == 3 ? names[0] : null);
        var second = new ModelReference(names[^2]);
        ScoredText text = ScoredText.Of(reference, names[^1]);
        using var pool = new WorkerPool(session.Threads);
        using LanguageModel original = ModelLoading.Load(session, reference, pool);
        using LanguageModel candidate = ModelLoading.Load(session, second, pool, adapters);
        using var operations = new Operations(pool, original.Memory);
        ScoringOptions options = scoring.Of(session, reference, original, candidate);
        ComparisonResult result = session.Track("comparing", "token", progress => Comparison.Measure(original, candidate, operations, text.Text, text.Name, options,
            (done, all) => progress.Report(new Amount((double)done * options.Context, (double)all * options.Context)), session.Cancellation));
        return new Answer(Report(original, candidate, operations, second.Name, result, options.Context), writer => Fields(writer, result))
        {
            Text = output => Print(output, session.Host, result),
        };
    }

    // Both models were in memory at once, and the counters saw the work of both.
    static WorkReport Report(LanguageModel original, LanguageModel candidate, Operations operations, string name, ComparisonResult result, int context)
    {
        int chunks = result.Tokens / (context - 1 - (context / 2));
        Cost first = ModelWork.Counted(original, operations.Counters), second = ModelWork.Counted(candidate, operations.Counters);
        return new WorkReport(new Work("compare", 2L * chunks * context, 0, chunks) { Model = name })
        {
            Counted = first with
            {
                WeightBytes = first.WeightBytes + second.WeightBytes,
                KvCacheBytes = first.KvCacheBytes + second.KvCacheBytes,
                ActivationBytes = first.ActivationBytes + second.ActivationBytes,
                StoredBytes = second.StoredBytes,
            },
            Quality = new QualityFigures
            {
                Perplexity = Figure.Counted(Math.Exp(result.OtherLosses.Average()), Units.One, $"exp of the mean over {result.Tokens} tokens, of {name}"),
                Quality = Figure.Counted(Quality(result), Units.Percent, "100·exp(NLL of the original − NLL of the other)"),
                TopOneAgreement = Figure.Counted(result.TopOneAgreement, Units.One, $"{result.Tokens} positions"),
                MeanKullbackLeibler = Figure.Counted(result.MeanKullbackLeibler, Units.One, $"nats, over {result.Tokens} positions"),
            },
        };
    }

    static double Quality(ComparisonResult result) => 100 * Math.Exp(result.OriginalLosses.Average() - result.OtherLosses.Average());

    static void Print(TextWriter output, Host host, ComparisonResult result) => new TextTable("", "")
        .Row("top-1 agreement", string.Create(CultureInfo.InvariantCulture, $"{100 * result.TopOneAgreement:0.00} %"))
        .Row("mean KL divergence", string.Create(CultureInfo.InvariantCulture, $"{result.MeanKullbackLeibler:G4} nats"))
        .Row("probability loyalty", string.Create(CultureInfo.InvariantCulture, $"{result.ProbabilityLoyalty:0.0000}"))
        .Row("perplexity", string.Create(CultureInfo.InvariantCulture, $"{Math.Exp(result.OriginalLosses.Average()):0.0000} and {Math.Exp(result.OtherLosses.Average()):0.0000}"))
        .Row("quality", string.Create(CultureInfo.InvariantCulture, $"{Quality(result):0.00} %"))
        .Row("positions", result.Tokens.ToString(CultureInfo.InvariantCulture))
        .Write(output, host);

    static void Fields(Utf8JsonWriter writer, ComparisonResult result)
    {
        writer.Number("topOneAgreement", result.TopOneAgreement);
        writer.Number("meanKullbackLeibler", result.MeanKullbackLeibler);
        writer.Number("probabilityLoyalty", result.ProbabilityLoyalty);
        writer.WriteNumber("tokens", result.Tokens);
        writer.Number("originalPerplexity", Math.Exp(result.OriginalLosses.Average()));
        writer.Number("otherPerplexity", Math.Exp(result.OtherLosses.Average()));
        writer.Number("quality", Quality(result));
    }
}
