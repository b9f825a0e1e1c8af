using System.Globalization;

namespace Shoestring.Metering;

/// <summary>Numbers as people read them: SI prefixes, three significant digits, and a mark for the source.</summary>
public static class FigureText
{
    static readonly string[] large = ["", "k", "M", "G", "T", "P", "E", "Z", "Y", "R", "Q"];
    static readonly string[] small = ["", "m", "µ", "n", "p"];

    /// <summary>m for measured, c for counted, ~ for modelled, – for unavailable.</summary>
    public static char Mark(FigureSource source) => source switch
    {
        FigureSource.Measured => 'm',
        FigureSource.Counted => 'c',
        FigureSource.Modelled => '~',
        _ => '–',
    };

    /// <summary>The source's name as the JSON has it: measured, counted, modelled, unavailable.</summary>
    public static string Name(FigureSource source) => source switch
    {
        FigureSource.Measured => "measured",
        FigureSource.Counted => "counted",
        FigureSource.Modelled => "modelled",
        _ => "unavailable",
    };

    /// <summary>Value, unit and mark, for example <c>1.25 GB c</c>; an unavailable figure is <c>–</c>.</summary>
    public static string Format(Figure figure) =>
        figure.Value is { } value ? $"{Format(value, figure.Unit)} {Mark(figure.Source)}" : "–";

    /// <summary>A value with its unit, scaled by the prefix that suits it; bytes go by powers of ten.</summary>
    public static string Format(double value, string unit) => unit switch
    {
        Units.Dollars => Dollars(value),
        Units.DollarsPerMillionTokens => Dollars(value) + "/Mtoken",
        Units.One => Significant(value),
        Units.Percent => Significant(value) + " %",
        Units.Bytes or Units.BytesPerSecond when Math.Abs(value) < 1000 => $"{Significant(value)} {unit}",
        _ => Scaled(value, unit),
    };

    /// <summary>Bytes by powers of ten: B, kB, MB, GB…</summary>
    public static string Bytes(double value) => Format(value, Units.Bytes);

    static string Scaled(double value, string unit)
    {
        if (value == 0 || !double.IsFinite(value))
        {
            return $"{Significant(value)} {unit}";
        }

        int power = Power(Rounded(value));
        double scaled = power >= 0 ? value / Math.Pow(1000, power) : value * Math.Pow(1000, -power);
        string prefix = power >= 0 ? large[power] : small[-power];
        return $"{Significant(scaled)} {prefix}{unit}";
    }

    // Rounding comes first: 999.96 is 1.00 k, not 1000.
    static int Power(double value)
    {
        int power = (int)Math.Floor(Math.Log10(Math.Abs(value)) / 3 + 1e-12);
        return Math.Clamp(power, 1 - small.Length, large.Length - 1);
    }

    static string Dollars(double value)
    {
        double size = Math.Abs(value);
        string sign = value < 0 ? "-" : "";
        return size is 0 or >= 0.01 and < 1e6
            ? sign + "$" + size.ToString(size == 0 ? "0" : size >= 100 ? "0.00" : "0.00##", CultureInfo.InvariantCulture)
            : sign + "$" + Rounded(size).ToString("0.##e+0", CultureInfo.InvariantCulture);
    }

    static double Rounded(double value)
    {
        if (value == 0 || !double.IsFinite(value))
        {
            return value;
        }

        double step = Math.Pow(10, Math.Floor(Math.Log10(Math.Abs(value))) - 2);
        double rounded = Math.Round(value / step) * step;
        return double.IsFinite(rounded) ? rounded : value;
    }

    static string Significant(double value)
    {
        double size = Math.Abs(Rounded(value));
        string format = size switch
        {
            0 => "0",
            >= 1e6 or < 1e-4 => "0.##e+0",
            >= 100 => "0",
            >= 10 => "0.0",
            >= 1 => "0.00",
            >= 0.1 => "0.000",
            >= 0.01 => "0.0000",
            _ => "0.00000#",
        };
        return Rounded(value).ToString(format, CultureInfo.InvariantCulture);
    }
}
