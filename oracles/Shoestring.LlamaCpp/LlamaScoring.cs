namespace Shoestring.LlamaCpp;

/// <summary>Perplexity of a text.</summary>
/// <param name="Value">exp of the mean loss.</param>
/// <param name="StandardError">Its standard error, by the losses' spread.</param>
/// <param name="Tokens">Tokens scored.</param>
/// <param name="Chunks">Chunks that they came from.</param>
public sealed record LlamaPerplexity(double Value, double StandardError, int Tokens, int Chunks);

/// <summary>What the oracle is asked for most: continuations, logits and perplexity.</summary>
public static class LlamaScoring
{
    /// <summary>Continues <paramref name="prompt"/> by the likeliest token each time; an end token does not stop it.</summary>
    public static int[] Greedy(this LlamaContext context, ReadOnlySpan<int> prompt, int count)
    {
        context.Clear();
        context.Feed(prompt);
        var made = new int[count];
        for (var i = 0; i < count; i++)
        {
            made[i] = Likeliest(context.Logits(-1));
            if (i + 1 < count)
                context.Feed([made[i]], prompt.Length + i);
        }
        return made;
    }

    /// <summary>Logits <c>[token][vocabulary]</c> of one sequence of tokens.</summary>
    public static float[][] AllLogits(this LlamaContext context, ReadOnlySpan<int> tokens)
    {
        context.Clear();
        context.Feed(tokens, every: true);
        var rows = new float[tokens.Length][];
        for (var row = 0; row < rows.Length; row++)
            rows[row] = context.Logits(row).ToArray();
        return rows;
    }

    /// <summary>
    /// Logits <c>[token][vocabulary]</c> when attention sees only the latest <paramref name="window"/> positions, its own
    /// included: what is further back is forgotten before each token. llama.cpp's Llama architecture has no window.
    /// </summary>
    public static float[][] WindowedLogits(this LlamaContext context, ReadOnlySpan<int> tokens, int window)
    {
        context.Clear();
        var rows = new float[tokens.Length][];
        for (var position = 0; position < tokens.Length; position++)
        {
            if (position >= window)
                context.Forget(0, 0, position - window + 1);
            context.Feed([tokens[position]], position);
            rows[position] = context.Logits(0).ToArray();
        }
        return rows;
    }

    /// <summary>
    /// Perplexity as llama.cpp's own tool defines it: the text is cut into chunks of the context's length, the begin token
    /// (where the model wants one) replaces each chunk's first, and the second half of each chunk is scored.
    /// </summary>
    /// <param name="context">A context whose batch holds a whole chunk.</param>
    /// <param name="text">UTF-8 bytes.</param>
    /// <param name="chunks">Most chunks to score.</param>
    public static LlamaPerplexity Perplexity(this LlamaContext context, ReadOnlySpan<byte> text, int chunks = int.MaxValue)
    {
        var tokens = context.Model.Tokenize(text);
        var length = context.Options.Context;
        var whole = Math.Min(chunks, tokens.Length / length);
        var losses = new List<double>();
        for (var chunk = 0; chunk < whole; chunk++)
            Score(context, tokens.AsSpan(chunk * length, length), losses);
        return Summary(losses, whole);
    }

    static void Score(LlamaContext context, ReadOnlySpan<int> chunk, List<double> losses)
    {
        var fed = chunk.ToArray();
        if (context.Model.AddsBeginToken)
            fed[0] = context.Model.BeginToken;
        context.Clear();
        context.Feed(fed, every: true);
        for (var i = chunk.Length / 2; i < chunk.Length - 1; i++)
            losses.Add(Loss(context.Logits(i), chunk[i + 1]));
    }

    /// <summary>Negative log-likelihood of <paramref name="token"/> under <paramref name="logits"/>, in nats.</summary>
    public static double Loss(ReadOnlySpan<float> logits, int token)
    {
        double top = logits[Likeliest(logits)];
        var sum = 0.0;
        foreach (var value in logits)
            sum += Math.Exp(value - top);
        return Math.Log(sum) + top - logits[token];
    }

    static LlamaPerplexity Summary(List<double> losses, int chunks)
    {
        var mean = losses.Average();
        var variance = losses.Sum(loss => (loss - mean) * (loss - mean)) / losses.Count;
        return new(Math.Exp(mean), Math.Sqrt(variance / (losses.Count - 1)) * Math.Exp(mean), losses.Count, chunks);
    }

    /// <summary>Index of the greatest value, the first of equals.</summary>
    public static int Likeliest(ReadOnlySpan<float> logits)
    {
        var best = 0;
        for (var i = 1; i < logits.Length; i++)
        {
            if (logits[i] > logits[best])
                best = i;
        }
        return best;
    }
}
