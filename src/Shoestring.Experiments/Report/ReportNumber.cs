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
        _ when metric.Unit == Units.TokensPerSecond => Fixed(value, Math.Abs(value) < 100 ? 1 : 0) + " tok/s",
        _ when metric.Unit == Units.DollarsPerMillionTokens => "$" + value.ToString(value is >= 0.1 or 0 ? "0.00" : "0.00###", CultureInfo.InvariantCulture),
        _ when metric.Unit == CandidateFigures.JoulesPerTokenUnit => FigureText.Format(value, Units.Joules),
        _ => FigureText.Format(value, metric.Unit),
    };

    public static string Format(CandidateMetric metric, Figure figure) => figure.Value is { } value ? Format(metric, value) : Unknown;

    /// <summary>The interval of a figure, or nothing when it has none; a unit that both ends share is said once.</summary>
    public static string Interval(CandidateMetric metric, Figure figure)
    {
        if (figure is not { Low: { } low, High: { } high } || low >= high)
        {
            return "";
        }

        string end = Format(metric, high);
        return $"{Short(Format(metric, low), end)} to {end}";
    }

    /// <summary>A number without its unit where <paramref name="beside"/> has the same one.</summary>
    public static string Short(string number, string beside)
    {
        int unit = number.IndexOf(' ', StringComparison.Ordinal);
        return unit >= 0 && beside.EndsWith(number[unit..], StringComparison.Ordinal) ? number[..unit] : number;
    }

    /// <summary>The error of a figure's prediction with its sign, or nothing.</summary>
    public static string PredictionError(Figure figure) => figure.PredictionError is { } error
        ? (100 * error).ToString("+0.0;−0.0;0.0", CultureInfo.InvariantCulture) + " %"
        : "";

    /// <summary>A value held against the baseline's: <c>0.27×</c>.</summary>
    public static string Ratio(double value, double to) => (value / to).ToString("0.00", CultureInfo.InvariantCulture) + "×";

    static string Fixed(double value, int digits) => value.ToString("F" + digits, CultureInfo.InvariantCulture);
}
