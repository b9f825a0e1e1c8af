namespace Shoestring.Experiments;

/// <summary>A rate that was measured several times: the middle one is quoted, the ends show the noise.</summary>
/// <param name="Samples">The rates in the order that they were measured, at least one.</param>
public sealed record RateSamples(IReadOnlyList<double> Samples)
{
    /// <summary>The middle one; between two, their mean.</summary>
    public double Median
    {
        get
        {
            double[] sorted = [.. Samples.Order()];
            int middle = sorted.Length / 2;
            return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        }
    }

    /// <summary>The slowest.</summary>
    public double Minimum => Samples.Min();

    /// <summary>The fastest.</summary>
    public double Maximum => Samples.Max();
}
