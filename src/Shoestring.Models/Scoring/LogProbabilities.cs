namespace Shoestring.Models;

/// <summary>Probabilities from logits, in double precision where it is summed.</summary>
public static class LogProbabilities
{
    /// <summary>ln Σ e^logit, with the maximum taken out.</summary>
    public static double LogSumExp(ReadOnlySpan<float> logits)
    {
        float largest = float.NegativeInfinity;
        foreach (float logit in logits)
        {
            largest = MathF.Max(largest, logit);
        }
        double sum = 0;
        foreach (float logit in logits)
        {
            sum += MathF.Exp(logit - largest);
        }
        return largest + Math.Log(sum);
    }

    /// <summary>The token with the largest logit, the first of equals.</summary>
    public static int Likeliest(ReadOnlySpan<float> logits)
    {
        int best = 0;
        for (int i = 1; i < logits.Length; i++)
        {
            best = logits[i] > logits[best] ? i : best;
        }
        return best;
    }

    /// <summary>−ln p(token).</summary>
    public static double NegativeLogLikelihood(ReadOnlySpan<float> logits, int token) => LogSumExp(logits) - logits[token];
}
