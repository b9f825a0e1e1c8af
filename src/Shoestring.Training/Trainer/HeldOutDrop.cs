namespace Shoestring.Training;

/// <summary>How far the loss of a held-out token went down, paired text by text.</summary>
/// <param name="Mean">Nats; below zero where it went up.</param>
/// <param name="HalfWidth">Half of its 95 % interval; texts are what varies, so that long ones weigh as their tokens do (the linearised variance of a ratio: Cochran, Sampling Techniques, section 6.4).</param>
/// <param name="Texts">Texts with anything to predict.</param>
public readonly record struct HeldOutDrop(double Mean, double HalfWidth, int Texts)
{
    const double Normal95 = 1.959964;

    /// <summary>The drop between two evaluations, or null for fewer than two texts.</summary>
    /// <param name="before">Losses before, Σ weight · −log p. <c>[text]</c></param>
    /// <param name="after">Losses after. <c>[text]</c></param>
    /// <param name="weights">Σ weight of each text. <c>[text]</c></param>
    public static HeldOutDrop? Of(double[] before, double[] after, double[] weights)
    {
        int texts = weights.Count(weight => weight > 0);
        if (texts < 2 || before.Length != weights.Length || after.Length != weights.Length)
        {
            return null;
        }

        double total = weights.Sum(), mean = before.Zip(after, (first, last) => first - last).Sum() / total;
        double squares = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            double residual = before[i] - after[i] - (mean * weights[i]);
            squares += residual * residual;
        }

        return new HeldOutDrop(mean, Normal95 * Math.Sqrt(squares * texts / (texts - 1)) / total, texts);
    }
}
