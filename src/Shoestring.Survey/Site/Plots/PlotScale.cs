using System.Globalization;

namespace Shoestring.Survey;

/// <summary>Round numbers along a linear axis.</summary>
/// <param name="Low">Its lower end.</param>
/// <param name="High">Its upper end.</param>
readonly record struct PlotScale(double Low, double High)
{
    public double Share(double value) => (value - Low) / (High - Low);

    /// <summary>Multiples of 1, 2 or 5 times a power of ten.</summary>
    public IEnumerable<double> Ticks(int most)
    {
        double rough = (High - Low) / most, power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double step = power * (rough / power) switch
        {
            <= 1 => 1,
            <= 2 => 2,
            <= 5 => 5,
            _ => 10,
        };
        for (double at = Math.Ceiling(Low / step) * step; at <= High + (step * 1e-9); at += step)
        {
            yield return at;
        }
    }

    public static string Label(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
