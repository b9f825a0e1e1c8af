using Shoestring.Models;

namespace Shoestring.Cli;

/// <summary>Scores a text by a model.</summary>
sealed class PerplexityVerb : Verb
{
    readonly Argument<string?> model = ModelReference.Argument();
    readonly Argument<string?> file = ScoredText.Argument();
    readonly ScoringValues scoring = new();
    readonly AdapterValues adapters = new();

    public PerplexityVerb() : base("perplexity", "Score a text: how well a model predicts it, as llama.cpp defines it",
        new Example("shoestring perplexity model.gguf wiki.test.raw", "the whole text in chunks of 512 tokens"),
        new Example("shoestring perplexity model.gguf text.txt --context 256 --chunks 10 --json", "a part of it, as JSON"),
        new Example("shoestring perplexity model.gguf text.txt --kv-type kivi4", "with keys and values in 4 bits"))
    {
        Add(model);
        Add(file);
        foreach (Option option in (Option[])[.. scoring.All, .. adapters.All])
        {
            Add(option);
        }
    }

    public override Answer Run(Session session)
    {
        (string? named, string? path) = ScoredText.Split(session.Value(model), session.Value(file));
        ModelReference reference = ModelReference.Of(session, named);
        ScoredText text = ScoredText.Of(reference, path);
        using var pool = new WorkerPool(session.Threads);
        using LanguageModel loaded = ModelLoading.Load(session, reference, pool, adapters);
        using var operations = new Operations(pool, loaded.Memory);
        ScoringOptions options = scoring.Of(session, reference, loaded);
        PerplexityResult result = session.Track("scoring", "token", progress => Perplexity.Measure(loaded, operations, text.Text, text.Name, options,
            (done, all, sofar) => progress.Report(new Amount((double)done * options.Context, (double)all * options.Context, $"perplexity {sofar:0.0000}")), session.Cancellation));
        var quality = new QualityFigures { Perplexity = Figure.Counted(result.Perplexity, Units.One, $"{text.Name}: exp of the mean over {result.Losses.Length} tokens") };
        var work = new Work("perplexity", (long)result.Chunks * options.Context, 0, result.Chunks) { Model = reference.Name };
        return new Answer(new WorkReport(work) { Counted = ModelWork.Counted(loaded, operations.Counters), Quality = quality }, writer => Fields(writer, result))
        {
            Text = output => output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{result.Perplexity:0.0000} ± {result.StandardError:0.0000} over {result.Losses.Length} tokens in {result.Chunks} chunks of {options.Context}")),
        };
    }

    static void Fields(Utf8JsonWriter writer, PerplexityResult result)
    {
        writer.Number("perplexity", result.Perplexity);
        writer.Number("standardError", result.StandardError);
        writer.WriteNumber("tokens", result.Losses.Length);
        writer.WriteNumber("chunks", result.Chunks);
    }
}
