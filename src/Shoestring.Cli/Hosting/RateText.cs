namespace Shoestring.Cli;

/// <summary>Rates in plain numbers: tokens a second read better without prefixes.</summary>
static class RateText
{
    /// <summary>Three significant digits below a thousand, whole numbers above.</summary>
    public static string Of(double rate) => rate.ToString(rate >= 100 ? "#,0" : rate >= 10 ? "0.0" : "0.00", CultureInfo.InvariantCulture);
}
