using System.Diagnostics;
using Shoestring.Inference;
using Shoestring.Metering;
using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Experiments;

/// <summary>What to measure of a model.</summary>
public sealed record BenchOptions
{
    /// <summary>Tokens of the prompt that prefill is measured with. Default 512, as in llama.cpp's llama-bench.</summary>
    public int PromptTokens { get; init; } = 512;

    /// <summary>Tokens that decoding is measured with, from an empty context. Default 128, as in llama.cpp's llama-bench.</summary>
    public int GenerateTokens { get; init; } = 128;

    /// <summary>Numbers of sequences that are decoded at once.</summary>
    public IReadOnlyList<int> Batches { get; init; } = [1, 4, 8];

    /// <summary>Rounds that count. Default 5, as in llama.cpp's llama-bench.</summary>
    public int Repeats { get; init; } = 5;

    /// <summary>Rounds before them that warm up and do not count.</summary>
    public int WarmUps { get; init; } = 1;

    /// <summary>Seed of the prompt's tokens.</summary>
    public ulong Seed { get; init; }
}

/// <summary>Rates of decoding several sequences at once.</summary>
/// <param name="Batch">Sequences.</param>
/// <param name="TokensPerSecond">Tokens a second, all sequences together.</param>
public sealed record BatchRate(int Batch, RateSamples TokensPerSecond);

/// <summary>What was measured of a model.</summary>
/// <param name="Prefill">Prompt tokens a second.</param>
/// <param name="Decode">Generated tokens a second, one sequence.</param>
/// <param name="Batched">The same for several sequences at once.</param>
/// <param name="PromptTokens">Prompt tokens that were run in all.</param>
/// <param name="GeneratedTokens">Tokens that were generated in all.</param>
public sealed record BenchResult(RateSamples Prefill, RateSamples Decode, IReadOnlyList<BatchRate> Batched, long PromptTokens, long GeneratedTokens)
{
    /// <summary>Operations for one token of the prompt, counted.</summary>
    public required OperationCounts PrefillOperationsPerToken { get; init; }

    /// <summary>Bytes of weights, keys and values that were read for one token of a single sequence, counted.</summary>
    public required double DecodeBytesPerToken { get; init; }

    /// <summary>Operations for one generated token of a single sequence, counted.</summary>
    public required OperationCounts DecodeOperationsPerToken { get; init; }
}

/// <summary>
/// Measures a model's rates. Each round measures everything once, so that what disturbs the machine for a while disturbs all
/// of it alike; the first rounds warm up and do not count.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="engine">An engine with room for the largest batch.</param>
/// <param name="options">What to measure.</param>
public sealed class ModelBench(LanguageModel model, Engine engine, BenchOptions options)
{
    long promptTokens, generatedTokens;
    OperationCounts prefillOperations, decodeOperations;
    double decodeBytes;

    /// <summary>Runs all rounds.</summary>
    /// <param name="progress">Told the measurements done and in all.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public BenchResult Run(Action<int, int>? progress = null, CancellationToken cancellation = default)
    {
        var prefill = new List<double>();
        var decode = new List<double>();
        var batched = options.Batches.ToDictionary(batch => batch, _ => new List<double>());
        int done = 0, total = (options.Repeats + options.WarmUps) * (options.Batches.Count + 2);
        for (int round = 0; round < options.Repeats + options.WarmUps; round++)
        {
            Take(prefill, round, () => Prefill(cancellation));
            Take(decode, round, () => Decode(1, cancellation));
            foreach (int batch in options.Batches)
            {
                Take(batched[batch], round, () => Decode(batch, cancellation));
            }
        }

        return new BenchResult(new RateSamples(prefill), new RateSamples(decode),
            [.. options.Batches.Select(batch => new BatchRate(batch, new RateSamples(batched[batch])))], promptTokens, generatedTokens)
        {
            PrefillOperationsPerToken = prefillOperations * (1.0 / options.PromptTokens),
            DecodeBytesPerToken = decodeBytes / options.GenerateTokens,
            DecodeOperationsPerToken = decodeOperations * (1.0 / options.GenerateTokens),
        };

        void Take(List<double> into, int round, Func<double> measure)
        {
            double rate = measure();
            if (round >= options.WarmUps)
            {
                into.Add(rate);
            }

            progress?.Invoke(++done, total);
        }
    }

    double Prefill(CancellationToken cancellation)
    {
        Generation generation = Submit(options.PromptTokens, 1, 0);
        OperationCounts before = Operations;
        double seconds = Finish([generation], cancellation);
        prefillOperations = Operations + (before * -1);
        promptTokens += options.PromptTokens;
        generatedTokens++;
        return options.PromptTokens / seconds;
    }

    // The first step reads the prompts of one token and makes each sequence's first token; the clock starts after it.
    double Decode(int batch, CancellationToken cancellation)
    {
        Generation[] generations = [.. Enumerable.Range(0, batch).Select(index => Submit(1, options.GenerateTokens + 1, (ulong)index))];
        engine.Step();
        (double bytes, OperationCounts operations) = (BytesRead, Operations);
        double seconds = Finish(generations, cancellation);
        if (batch == 1)
        {
            (decodeBytes, decodeOperations) = (BytesRead - bytes, Operations + (operations * -1));
        }

        promptTokens += batch;
        generatedTokens += (long)batch * (options.GenerateTokens + 1);
        return (double)batch * options.GenerateTokens / seconds;
    }

    OperationCounts Operations => ModelWork.Operations(engine.Operations.Counters);

    double BytesRead => (double)engine.Operations.Counters.WeightBytesRead + engine.Operations.Counters.KvBytesRead;

    double Finish(Generation[] generations, CancellationToken cancellation)
    {
        try
        {
            long start = Stopwatch.GetTimestamp();
            while (engine.Step())
            {
                cancellation.ThrowIfCancellationRequested();
            }

            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
        finally
        {
            foreach (Generation generation in generations)
            {
                engine.Cancel(generation);
                generation.Dispose();
            }
        }
    }

    Generation Submit(int prompt, int generate, ulong number) => engine.Submit(new GenerationRequest(Prompt(prompt, number))
    {
        MaximumTokens = generate,
        Sampling = SamplingOptions.Greedy,
        IgnoreEndOfText = true,
        Number = number,
    });

    // What the tokens are does not change the work, but a run must be repeatable.
    int[] Prompt(int length, ulong number) =>
        [.. Enumerable.Range(0, length).Select(position => (int)(CounterRandom.Uniform(options.Seed, number, (ulong)position) * model.Configuration.Vocabulary))];
}
