namespace Shoestring.Models;

/// <summary>An estimate with its 95 % confidence interval.</summary>
/// <param name="Value">The estimate.</param>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
public readonly record struct Interval(double Value, double Low, double High)
{
    /// <summary>The 97.5 % quantile of the normal distribution.</summary>
    const double Z = 1.959963984540054;

    /// <summary>
    /// A share of trials with Wilson's score interval (J. Am. Stat. Assoc. 22, 1927, 209–212), which keeps its coverage for
    /// few trials and for shares near 0 and 1 (Brown, Cai and DasGupta, Statistical Science 16, 2001, 101–133).
    /// </summary>
    public static Interval Proportion(int hits, int trials)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(trials, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(hits);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(hits, trials);
        double share = (double)hits / trials, shrink = 1 + (Z * Z / trials);
        double centre = (share + (Z * Z / (2.0 * trials))) / shrink;
        double half = Z / shrink * Math.Sqrt((share * (1 - share) / trials) + (Z * Z / (4.0 * trials * trials)));
        // Rounding must not push the ends past what they are by definition.
        return new Interval(share, hits == 0 ? 0 : centre - half, hits == trials ? 1 : centre + half);
    }

    /// <summary>
    /// The difference of two shares over the same trials: (gained − lost) / trials. Only the trials that the two decide differently
    /// count, as in McNemar's test; half a trial is added to each cell of the table, so that no difference at all does not
    /// claim certainty (Agresti and Min, Statistics in Medicine 24, 2005, 729–740).
    /// </summary>
    /// <param name="gained">Trials that only the second hit.</param>
    /// <param name="lost">Trials that only the first hit.</param>
    /// <param name="trials">All trials.</param>
    public static Interval PairedDifference(int gained, int lost, int trials)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(trials, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(gained);
        ArgumentOutOfRangeException.ThrowIfNegative(lost);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)gained + lost, trials);
        double n = trials + 2.0, difference = (gained - lost) / n;
        double half = Z * Math.Sqrt((gained + lost + 1 - (difference * difference * n)) / (n * n));
        return new Interval((double)(gained - lost) / trials, Math.Max(-1, difference - half), Math.Min(1, difference + half));
    }

    /// <summary>
    /// The mean of independent estimates: each one's distance to its own ends, squared, adds up (Zou and Donner, Statistics in
    /// Medicine 27, 2008, 1693–1702). The mean of one is itself.
    /// </summary>
    public static Interval Mean(IReadOnlyList<Interval> parts)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(parts.Count, 1, nameof(parts));
        double value = parts.Average(part => part.Value);
        double below = Math.Sqrt(parts.Sum(part => (part.Value - part.Low) * (part.Value - part.Low)));
        double above = Math.Sqrt(parts.Sum(part => (part.High - part.Value) * (part.High - part.Value)));
        return new Interval(value, value - (below / parts.Count), value + (above / parts.Count));
    }

    /// <summary>The mean of values with the normal interval from their spread; its ends are NaN where one value leaves the spread unknown.</summary>
    public static Interval OfMean(IReadOnlyList<double> values)
    {
        double mean = values.Average();
        double half = values.Count < 2 ? double.NaN : Z * Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1.0) / values.Count);
        return new Interval(mean, mean - half, mean + half);
    }
}
