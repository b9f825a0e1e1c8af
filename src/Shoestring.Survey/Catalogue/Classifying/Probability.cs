namespace Shoestring.Survey;

/// <summary>Scores made probabilities, and probabilities held against what came true.</summary>
static class Probability
{
    /// <summary>softmax(scores / temperature).</summary>
    public static double[] Softmax(double[] scores, double temperature)
    {
        double most = scores.Max();
        double[] exponentials = [.. scores.Select(score => Math.Exp((score - most) / temperature))];
        double sum = exponentials.Sum();
        return [.. exponentials.Select(value => value / sum)];
    }

    /// <summary>
    /// The temperature at which held-out scores are likeliest (Guo et al., arXiv 1706.04599, section 4.2), by golden section over its logarithm.
    /// </summary>
    public static double Temperature(IReadOnlyList<(double[] Scores, int Label)> heldOut)
    {
        const double golden = 0.6180339887498949;
        double low = Math.Log(0.02);
        double high = Math.Log(20);
        for (int i = 0; i < 60; i++)
        {
            double one = high - (golden * (high - low));
            double two = low + (golden * (high - low));
            if (Loss(Math.Exp(one)) < Loss(Math.Exp(two)))
            {
                high = two;
            }
            else
            {
                low = one;
            }
        }

        return Math.Exp((low + high) / 2);

        double Loss(double temperature) => -heldOut.Sum(item => Math.Log(Math.Max(Softmax(item.Scores, temperature)[item.Label], 1e-300)));
    }

    /// <summary>The index of the greatest; of equals the first.</summary>
    public static int Best(double[] values)
    {
        int best = 0;
        for (int i = 1; i < values.Length; i++)
        {
            best = values[i] > values[best] ? i : best;
        }

        return best;
    }
}
