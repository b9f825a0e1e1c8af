using System.Globalization;
using Shoestring.Metering;

namespace Shoestring.Experiments;

/// <summary>Numbers as the report shows them: qualities with the digits that tell candidates apart, all others as on a receipt.</summary>
static class ReportNumber
{
    const string Unknown = "–";

    public static string Format(CandidateMetric metric, double value) => metric.Name switch
    {
        "perplexity" => Fixed(value, Math.Abs(value) < 100 ? 3 : 1),
        "quality" => Fixed(value, 2) + " %",
        "topOneAgreement" or "probabilityLoyalty" => Fixed(100 * value, 2) + " %",
        _ => FigureText.Format(value, metric.Unit).Replace("token/s", "tok/s", StringComparison.Ordinal),
    };

    public static string Format(CandidateMetric metric, Figure figure) => figure.Value is { } value ? Format(metric, value) : Unknown;

    /// <summary>The interval of a figure, or nothing when it has none.</summary>
    public static string Interval(CandidateMetric metric, Figure figure) => figure is { Low: { } low, High: { } high } && low < high
        ? $"{Format(metric, low)} to {Format(metric, high)}"
        : "";

    /// <summary>The error of a figure's prediction with its sign, or nothing.</summary>
    public static string PredictionError(Figure figure) => figure.PredictionError is { } error
        ? (100 * error).ToString("+0.0;−0.0;0.0", CultureInfo.InvariantCulture) + " %"
        : "";

    /// <summary>A value held against the baseline's: <c>0.27×</c>.</summary>
    public static string Ratio(double value, double to) => (value / to).ToString("0.00", CultureInfo.InvariantCulture) + "×";

    static string Fixed(double value, int digits) => value.ToString("F" + digits, CultureInfo.InvariantCulture);
}
