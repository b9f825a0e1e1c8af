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

    /// <summary>−ln p(token).</summary>
    public static double NegativeLogLikelihood(ReadOnlySpan<float> logits, int token) => LogSumExp(logits) - logits[token];
}
