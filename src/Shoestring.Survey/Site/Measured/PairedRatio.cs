using Shoestring.Metering;

namespace Shoestring.Survey;

/// <summary>Quality against an original that scored the same blocks of one length, with its paired 95 % interval.</summary>
readonly record struct PairedRatio(double Value, double Low, double High)
{
    /// <summary>
    /// 100·exp(mean loss of the original − mean loss of the other) in per cent. Student's t over the differences of K blocks, K − 1 degrees of
    /// freedom; null when one block leaves the interval unknown.
    /// </summary>
    /// <param name="original">Mean loss of each block.</param>
    /// <param name="other">Mean loss of the same blocks.</param>
    public static PairedRatio? Of(IReadOnlyList<double> original, IReadOnlyList<double> other)
    {
        int count = original.Count;
        if (count < 2 || other.Count != count)
        {
            return null;
        }

        double[] differences = [.. other.Zip(original, (one, first) => one - first)];
        double mean = differences.Average();
        double variance = differences.Sum(one => (one - mean) * (one - mean)) / (count - 1);
        double half = StudentT.Quantile975(count - 1) * Math.Sqrt(variance / count);
        return new PairedRatio(Quality(mean), Quality(mean + half), Quality(mean - half));
    }

    static double Quality(double difference) => 100 * Math.Exp(-difference);
}
