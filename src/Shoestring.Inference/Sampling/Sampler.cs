using System.Numerics;
using Shoestring.Models;

namespace Shoestring.Inference;

/// <summary>
/// Chooses a token from logits: penalty, top-k, top-p, min-p, temperature, draw, in llama.cpp's order. Ties go to the smaller
/// token, so that the choice depends on the logits alone.
/// </summary>
public sealed class Sampler(SamplingOptions options)
{
    readonly PriorityQueue<int, float> largest = new();
    readonly HashSet<int> seen = [];
    (float Logit, int Token)[] candidates = [];

    /// <summary>The next token.</summary>
    /// <param name="logits"><c>[token]</c>; changed by the penalty.</param>
    /// <param name="history">The sequence so far.</param>
    /// <param name="request">The request's number, for the random numbers.</param>
    public int Next(Span<float> logits, IReadOnlyList<int> history, ulong request)
    {
        Penalize(logits, history);
        if (options.Temperature <= 0)
        {
            return LogProbabilities.Likeliest(logits);
        }
        Span<(float Logit, int Token)> kept = Keep(logits);
        double top = kept[0].Logit, total = 0;
        foreach ((float logit, _) in kept)
        {
            total += Math.Exp((logit - top) / options.Temperature);
        }
        double draw = CounterRandom.Uniform(options.Seed, request, (ulong)history.Count) * total;
        foreach ((float logit, int token) in kept)
        {
            draw -= Math.Exp((logit - top) / options.Temperature);
            if (draw < 0)
            {
                return token;
            }
        }
        return kept[^1].Token;
    }

    void Penalize(Span<float> logits, IReadOnlyList<int> history)
    {
        if (options.RepeatPenalty == 1)
        {
            return;
        }
        seen.Clear();
        for (int i = Math.Max(0, history.Count - options.RepeatWindow); i < history.Count; i++)
        {
            if (seen.Add(history[i]))
            {
                ref float logit = ref logits[history[i]];
                logit = logit > 0 ? logit / options.RepeatPenalty : logit * options.RepeatPenalty;
            }
        }
    }

    /// <summary>The tokens that may be drawn, likeliest first.</summary>
    Span<(float Logit, int Token)> Keep(ReadOnlySpan<float> logits)
    {
        if (candidates.Length < logits.Length)
        {
            candidates = new (float, int)[logits.Length];
        }
        int count = 0;
        float floor = Math.Max(options.TopK > 0 && options.TopK < logits.Length ? Smallest(logits, options.TopK) : float.NegativeInfinity, Least(logits));
        var least = new Vector<float>(floor);
        for (int i = 0; i < logits.Length; i++)
        {
            // Most of a large vocabulary lies below, and is passed over by the vector.
            while (i + Vector<float>.Count <= logits.Length && !Vector.GreaterThanOrEqualAny(new Vector<float>(logits[i..]), least))
            {
                i += Vector<float>.Count;
            }

            if (i < logits.Length && logits[i] >= floor)
            {
                candidates[count++] = (logits[i], i);
            }
        }

        Span<(float Logit, int Token)> kept = candidates.AsSpan(0, count);
        kept.Sort(static (a, b) => a.Logit != b.Logit ? b.Logit.CompareTo(a.Logit) : a.Token.CompareTo(b.Token));
        if (options.TopK > 0 && kept.Length > options.TopK)
        {
            kept = kept[..options.TopK];
        }
        return MinP(TopP(kept));
    }

    // Where min-p decides alone, what it leaves out need not be sorted: of large vocabularies that is nearly all.
    float Least(ReadOnlySpan<float> logits) => options is { MinP: > 0, TopP: >= 1 }
        ? MathF.BitDecrement((float)(logits[LogProbabilities.Likeliest(logits)] + Math.Min(0, Math.Log(options.MinP)))) : float.NegativeInfinity;

    /// <summary>The K-th largest logit, by a heap of K.</summary>
    float Smallest(ReadOnlySpan<float> logits, int k)
    {
        largest.Clear();
        for (int i = 0; i < logits.Length; i++)
        {
            if (largest.Count < k)
            {
                largest.Enqueue(i, logits[i]);
            }
            else if (largest.TryPeek(out _, out float least) && logits[i] > least)
            {
                largest.EnqueueDequeue(i, logits[i]);
            }
        }
        return largest.TryPeek(out _, out float smallest) ? smallest : float.NegativeInfinity;
    }

    Span<(float Logit, int Token)> TopP(Span<(float Logit, int Token)> kept)
    {
        if (options.TopP >= 1)
        {
            return kept;
        }
        double total = 0, sum = 0;
        foreach ((float logit, _) in kept)
        {
            total += Math.Exp(logit - kept[0].Logit);
        }
        for (int i = 0; i < kept.Length; i++)
        {
            sum += Math.Exp(kept[i].Logit - kept[0].Logit);
            if (sum >= options.TopP * total)
            {
                return kept[..(i + 1)];
            }
        }
        return kept;
    }

    Span<(float Logit, int Token)> MinP(Span<(float Logit, int Token)> kept)
    {
        if (options.MinP <= 0)
        {
            return kept;
        }
        double floor = kept[0].Logit + Math.Log(options.MinP);
        int count = 1;
        while (count < kept.Length && kept[count].Logit >= floor)
        {
            count++;
        }
        return kept[..count];
    }
}
