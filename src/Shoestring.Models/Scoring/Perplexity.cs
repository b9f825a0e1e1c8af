using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>Where and how a text is scored.</summary>
/// <param name="Context">Tokens of a chunk.</param>
/// <param name="Chunks">Most chunks, or null for all.</param>
public sealed record ScoringOptions(int Context = 512, int? Chunks = null)
{
    /// <summary>How the scored model keeps keys and values: what their techniques cost in quality is measured so.</summary>
    public CacheOptions Cache { get; init; } = new();
}

/// <summary>Perplexity of a text and what it was computed from.</summary>
/// <param name="Losses">−ln p of each scored token, in order.</param>
/// <param name="Chunks">Chunks scored.</param>
public sealed record PerplexityResult(double[] Losses, int Chunks)
{
    /// <summary>exp of the mean loss.</summary>
    public double Perplexity => Math.Exp(Losses.Average());

    /// <summary>Standard error of the perplexity by the delta method: perplexity · s / √n.</summary>
    public double StandardError
    {
        get
        {
            double mean = Losses.Average();
            double variance = Losses.Sum(l => (l - mean) * (l - mean)) / Losses.Length;
            return Losses.Length < 2 ? double.NaN : Math.Sqrt(variance / (Losses.Length - 1)) * Perplexity;
        }
    }
}

/// <summary>
/// Perplexity as llama.cpp defines it (tools/perplexity): the text is cut into chunks of the context's length, each chunk
/// starts with BOS in place of its first token where the vocabulary adds one, and the second half of each is scored.
/// </summary>
public static class Perplexity
{
    /// <summary>Tokens of a text and the number of chunks that are scored of it.</summary>
    /// <exception cref="InputException">The text is shorter than one chunk.</exception>
    public static (int[] Tokens, int Chunks) Prepare(Tokenizer tokenizer, string text, string where, ScoringOptions options)
    {
        if (options.Context < 4)
        {
            throw new InputException($"a context of {options.Context} tokens leaves nothing to score", "--context", "use 4 or more");
        }
        int[] tokens = tokenizer.Encode(text);
        int chunks = Math.Min(options.Chunks ?? int.MaxValue, tokens.Length / options.Context);
        return chunks > 0 ? (tokens, chunks)
            : throw new InputException($"the text has {tokens.Length} tokens, fewer than one chunk of {options.Context}", where, "use a longer text or a smaller --context");
    }

    /// <summary>Scores a text.</summary>
    /// <param name="model">The model.</param>
    /// <param name="operations">Where it runs.</param>
    /// <param name="text">The text.</param>
    /// <param name="where">What the text is called in messages.</param>
    /// <param name="options">Chunking.</param>
    /// <param name="progress">Told the chunks done, the chunks in all and the perplexity so far.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <exception cref="InputException">The text is shorter than one chunk.</exception>
    public static PerplexityResult Measure(LanguageModel model, Operations operations, string text, string where, ScoringOptions options,
        Action<int, int, double>? progress = null, CancellationToken cancellation = default)
    {
        (int[] tokens, int chunks) = Prepare(model.Tokenizer, text, where, options);
        return Measure(model, operations, tokens, [.. Enumerable.Range(0, chunks)], options, progress, cancellation);
    }

    /// <summary>Scores some chunks of a text.</summary>
    /// <param name="model">The model.</param>
    /// <param name="operations">Where it runs.</param>
    /// <param name="tokens">The whole text; see <see cref="Prepare"/>.</param>
    /// <param name="chunks">Which chunks, in the order that they are to be scored.</param>
    /// <param name="options">Chunking.</param>
    /// <param name="progress">Told the chunks done, the chunks in all and the perplexity so far.</param>
    /// <param name="cancellation">Stops between steps.</param>
    public static PerplexityResult Measure(LanguageModel model, Operations operations, int[] tokens, IReadOnlyList<int> chunks, ScoringOptions options,
        Action<int, int, double>? progress = null, CancellationToken cancellation = default)
    {
        using Scorer scorer = new(model, operations, options.Context, options.Cache);
        List<double> losses = [];
        double sum = 0;
        for (int i = 0; i < chunks.Count; i++)
        {
            int[] part = Chunk(model.Tokenizer, tokens, chunks[i], options.Context);
            scorer.Visit(part, options.Context / 2, options.Context - 1 - options.Context / 2, (position, logits) =>
            {
                double loss = LogProbabilities.NegativeLogLikelihood(logits, part[position + 1]);
                losses.Add(loss);
                sum += loss;
            }, cancellation);
            progress?.Invoke(i + 1, chunks.Count, Math.Exp(sum / losses.Count));
        }
        return new PerplexityResult([.. losses], chunks.Count);
    }

    /// <summary>The tokens of a chunk, BOS first where the vocabulary adds one.</summary>
    public static int[] Chunk(Tokenizer tokenizer, int[] tokens, int chunk, int context)
    {
        int[] part = tokens.AsSpan(chunk * context, context).ToArray();
        if (tokenizer.AddBos && tokenizer.Bos is { } bos)
        {
            part[0] = bos;
        }
        return part;
    }
}
