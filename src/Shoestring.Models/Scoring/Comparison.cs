using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>How alike two models' predictions are on the same text.</summary>
/// <param name="TopOneAgreement">Share of positions where both give the same most likely token (label loyalty).</param>
/// <param name="MeanKullbackLeibler">Mean KL(original ‖ other), in nats.</param>
/// <param name="ProbabilityLoyalty">Mean of 1 − √JSD with logarithms to base 2 (Xu et al., arXiv 2109.03228, §3.2).</param>
/// <param name="Tokens">Positions compared.</param>
/// <param name="OriginalLosses">−ln p of each scored token by the original.</param>
/// <param name="OtherLosses">−ln p of each scored token by the other.</param>
public sealed record ComparisonResult(double TopOneAgreement, double MeanKullbackLeibler, double ProbabilityLoyalty, int Tokens, double[] OriginalLosses, double[] OtherLosses);

/// <summary>Compares a model with the one that it was made from: the same vocabulary, the same chunks as <see cref="Perplexity"/>.</summary>
public static class Comparison
{
    /// <summary>Runs both over the text: the other with the cache that the options say, the original with a plain one in F16.</summary>
    /// <exception cref="InputException">The vocabularies differ in size, or the text is too short.</exception>
    public static ComparisonResult Measure(LanguageModel original, LanguageModel other, Operations operations, string text, string where, ScoringOptions options,
        Action<int, int>? progress = null, CancellationToken cancellation = default)
    {
        (int[] tokens, int chunks) = Perplexity.Prepare(original.Tokenizer, text, where, options);
        return Measure(original, other, operations, tokens, chunks, options, progress, cancellation);
    }

    /// <summary>The same over the first <paramref name="chunks"/> of a text's <paramref name="tokens"/>; see <see cref="Perplexity.Prepare"/>.</summary>
    /// <exception cref="InputException">The vocabularies differ in size.</exception>
    public static ComparisonResult Measure(LanguageModel original, LanguageModel other, Operations operations, int[] tokens, int chunks, ScoringOptions options,
        Action<int, int>? progress = null, CancellationToken cancellation = default)
    {
        if (original.Configuration.Vocabulary != other.Configuration.Vocabulary)
        {
            throw new InputException($"its vocabulary has {other.Configuration.Vocabulary} tokens, the original's {original.Configuration.Vocabulary}", other.Path, "compare models with the same vocabulary");
        }
        using Scorer first = new(original, operations, options.Context), second = new(other, operations, options.Context, options.Cache);
        Accumulator sums = new(original.Configuration.Vocabulary);
        int from = options.Context / 2, count = options.Context - 1 - from;
        float[] rows = new float[(long)count * original.Configuration.Vocabulary];
        for (int chunk = 0; chunk < chunks; chunk++)
        {
            int[] part = Perplexity.Chunk(original.Tokenizer, tokens, chunk, options.Context);
            first.Visit(part, from, count, (position, logits) => logits.CopyTo(rows.AsSpan((position - from) * logits.Length)), cancellation);
            second.Visit(part, from, count, (position, logits) => sums.Add(rows.AsSpan((position - from) * logits.Length, logits.Length), logits, part[position + 1]), cancellation);
            progress?.Invoke(chunk + 1, chunks);
        }
        return sums.Result();
    }

    /// <summary>Sums over positions.</summary>
    sealed class Accumulator(int vocabulary)
    {
        readonly List<double> originalLosses = [], otherLosses = [];
        readonly double[] p = new double[vocabulary], q = new double[vocabulary];
        double divergence, loyalty;
        int agreed;

        public void Add(ReadOnlySpan<float> original, ReadOnlySpan<float> other, int token)
        {
            double a = Probabilities(original, p, out int topOriginal), b = Probabilities(other, q, out int topOther);
            agreed += topOriginal == topOther ? 1 : 0;
            originalLosses.Add(a - original[token]);
            otherLosses.Add(b - other[token]);
            double kl = 0, left = 0, right = 0;
            for (int i = 0; i < p.Length; i++)
            {
                double logMiddle = Math.Log((p[i] + q[i]) / 2);
                double logP = original[i] - a, logQ = other[i] - b;
                kl += p[i] * (logP - logQ);
                left += p[i] > 0 ? p[i] * (logP - logMiddle) : 0;
                right += q[i] > 0 ? q[i] * (logQ - logMiddle) : 0;
            }
            divergence += Math.Max(0, kl);
            loyalty += 1 - Math.Sqrt(Math.Clamp((left + right) / 2 / Math.Log(2), 0, 1));
        }

        static double Probabilities(ReadOnlySpan<float> logits, double[] probabilities, out int top)
        {
            double normalizer = LogProbabilities.LogSumExp(logits);
            top = 0;
            for (int i = 0; i < probabilities.Length; i++)
            {
                top = logits[i] > logits[top] ? i : top;
                probabilities[i] = Math.Exp(logits[i] - normalizer);
            }
            return normalizer;
        }

        public ComparisonResult Result()
        {
            int n = originalLosses.Count;
            return new ComparisonResult((double)agreed / n, divergence / n, loyalty / n, n, [.. originalLosses], [.. otherLosses]);
        }
    }
}
