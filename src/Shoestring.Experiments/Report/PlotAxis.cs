using System.Globalization;
using Shoestring.Metering;

namespace Shoestring.Experiments;

/// <summary>
/// A metric laid out along an axis: positions run from 0 at its lower end to 1 at its upper. A metric whose values span a
/// factor of 30 or more is laid out by its logarithm.
/// </summary>
sealed class PlotAxis
{
    // Nothing is drawn nearer to the frame than this share of the axis.
    const double Margin = 0.07;
    const double LogarithmicFrom = 30;
    const int MostTicks = 6;

    readonly double start, end;
    readonly bool logarithmic;

    PlotAxis(CandidateMetric metric, IReadOnlyList<Figure> figures, IReadOnlyList<double> values)
    {
        Metric = metric;
        (double low, double high) = (values.Min(), values.Max());
        logarithmic = low > 0 && high / low >= LogarithmicFrom;
        (start, end) = Padded(Scale(low), Scale(high));
        Figures = figures;
        (double unit, string name) = TickUnit.Of(metric, high);
        Ticks = [.. TickValues(low).Select(value => (Position(value), TickUnit.Label(value / unit)))];
        Title = $"{metric.Label}{(name.Length > 0 ? $" ({name})" : "")} · {(metric.LowerIsBetter ? "less" : "more")} is better";
    }

    public CandidateMetric Metric { get; }

    /// <summary>The figure of each candidate.</summary>
    public IReadOnlyList<Figure> Figures { get; }

    public string Title { get; }

    public IReadOnlyList<(double At, string Label)> Ticks { get; }

    /// <summary>The axis of a metric, or null when fewer than two candidates have a value.</summary>
    public static PlotAxis? Of(CandidateMetric metric, IReadOnlyList<Candidate> candidates)
    {
        Figure[] figures = [.. candidates.Select(metric.Read)];
        double[] values = [.. figures.SelectMany(figure => new[] { figure.Value, figure.Low, figure.High }).OfType<double>()];
        return figures.Count(figure => figure.Value is not null) < 2 ? null : new PlotAxis(metric, figures, values);
    }

    public double Position(double value) => (Scale(value) - start) / (end - start);

    double Scale(double value) => logarithmic ? Math.Log10(value) : value;

    static (double Start, double End) Padded(double low, double high)
    {
        double span = high > low ? high - low : Math.Max(Math.Abs(high), 1e-9) * 0.1;
        double pad = ((high > low ? 0 : span) / 2) + (span * Margin / (1 - (2 * Margin)));
        return (low - pad, high + pad);
    }

    IEnumerable<double> TickValues(double low)
    {
        if (logarithmic)
        {
            return Powers().Where(value => Position(value) is >= 0 and <= 1);
        }

        return NiceTicks.Between(start, end, MostTicks).Where(value => low < 0 || value >= 0);
    }

    IEnumerable<double> Powers()
    {
        double[] within = end - start > 3 ? [1] : [1, 3];
        int stride = Math.Max(1, (int)Math.Ceiling((end - start) / MostTicks));
        return Enumerable.Range((int)Math.Floor(start), (int)Math.Ceiling(end) - (int)Math.Floor(start) + 1).Where(power => power % stride == 0)
            .SelectMany(power => within.Select(digit => digit * Math.Pow(10, power)));
    }
}

/// <summary>The unit that an axis counts in.</summary>
static class TickUnit
{
    static readonly (double Size, string Prefix)[] prefixes = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n")];

    /// <summary>The size of the unit, in the metric's own, and its name.</summary>
    public static (double Size, string Name) Of(CandidateMetric metric, double largest) => metric.Unit switch
    {
        Units.One when metric.Name is "topOneAgreement" or "probabilityLoyalty" => (0.01, "%"),
        Units.One => (1, ""),
        Units.Percent => (1, "%"),
        Units.DollarsPerMillionTokens => (1, "$"),
        Units.TokensPerSecond when largest is >= 1 and < 1e5 => (1, "tokens/s"),
        _ => Prefixed(metric.Unit, largest),
    };

    public static string Label(double value) => Math.Abs(value) is 0 or >= 1e-4 and < 1e7
        ? Math.Round(value, 6).ToString("0.######", CultureInfo.InvariantCulture)
        : value.ToString("0.##e+0", CultureInfo.InvariantCulture);

    static (double Size, string Name) Prefixed(string unit, double largest)
    {
        (double size, string prefix) = prefixes.FirstOrDefault(one => Math.Abs(largest) >= one.Size, (1, ""));
        return (size, prefix + unit);
    }
}
