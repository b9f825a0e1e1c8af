namespace Shoestring.Cli;

/// <summary>Numbers of bytes as a user writes them: kB, MB and GB are powers of ten.</summary>
static class ByteAmounts
{
    static readonly (string Unit, double Bytes)[] units = [("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3), ("B", 1)];

    /// <summary>The bytes of an option.</summary>
    /// <exception cref="InputException">It is no number of bytes.</exception>
    public static long Parse(string text, string option)
    {
        (string unit, double bytes) = units.FirstOrDefault(unit => text.EndsWith(unit.Unit, StringComparison.OrdinalIgnoreCase), ("", 1));
        bool known = double.TryParse(text[..^unit.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number);
        return known && number * bytes is >= 1 and < 1e18 and var value
            ? (long)value
            : throw new InputException($"'{text}' is no number of bytes", option, "give one as 500kB, 20MB or 2GB");
    }
}
