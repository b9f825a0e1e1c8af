using System.Globalization;

namespace Shoestring.Survey;

/// <summary>Measured figures as text.</summary>
static class MeasuredText
{
    /// <summary>The figure with its unit.</summary>
    public static string Value(Measurement one) => Format(one.Value, one.Unit);

    /// <summary>The interval, or nothing where the figure is exact.</summary>
    public static string Interval(Measurement one) => one is { Low: { } low, High: { } high } ? $"{Bare(low, one.Unit)} to {Format(high, one.Unit)}" : "";

    public static string Bytes(double bytes) => bytes switch
    {
        >= 1e9 => Number(bytes / 1e9, "0.00") + " GB",
        >= 1e6 => Number(bytes / 1e6, "0.0") + " MB",
        >= 1e3 => Number(bytes / 1e3, "0.0") + " kB",
        _ => Number(bytes, "0") + " B",
    };

    static string Format(double value, MeasuredUnit unit) => unit switch
    {
        MeasuredUnit.Ratio => Bare(value, unit) + "×",
        MeasuredUnit.Percent => Bare(value, unit) + " %",
        MeasuredUnit.Bytes => Bytes(value),
        _ => Bare(value, unit) + " tokens/s",
    };

    static string Bare(double value, MeasuredUnit unit) => unit switch
    {
        MeasuredUnit.Ratio => Number(value, "0.00"),
        MeasuredUnit.Percent => Number(value, "0.0"),
        MeasuredUnit.Bytes => Bytes(value),
        _ => Number(value, value < 100 ? "0.0" : "0"),
    };

    static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
