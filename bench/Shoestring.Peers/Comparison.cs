namespace Shoestring.Peers;

/// <summary>One quantity on all sides; the first is what the others are compared with.</summary>
/// <param name="What">The quantity: "prefill 512", "decode batch 4".</param>
/// <param name="Unit">Of the samples.</param>
/// <param name="Series">One per side.</param>
sealed record Comparison(string What, string Unit, Series[] Series);

/// <summary>The samples of one side.</summary>
/// <param name="Name">The side.</param>
/// <param name="Median">Of the samples.</param>
/// <param name="Min">Of the samples.</param>
/// <param name="Max">Of the samples.</param>
/// <param name="FirstOverThisOfMedians">The first side's median over this one's.</param>
/// <param name="FirstOverThisMedian">Median of the rounds' own ratios, the first side's over this one's.</param>
/// <param name="Samples">In the order of the rounds.</param>
sealed record Series(
    string Name, double Median, double Min, double Max, double FirstOverThisOfMedians, double FirstOverThisMedian, double[] Samples)
{
    public static Series Of(string name, IReadOnlyList<double> samples, IReadOnlyList<double> first) => new(
        name, MedianOf(samples), samples.Min(), samples.Max(),
        MedianOf(first) / MedianOf(samples), MedianOf([.. samples.Select((sample, round) => first[round] / sample)]), [.. samples]);

    static double MedianOf(IReadOnlyList<double> values)
    {
        var sorted = values.Order().ToArray();
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
