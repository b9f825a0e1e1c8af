namespace Shoestring.Experiments;

/// <summary>Round numbers along an axis.</summary>
static class NiceTicks
{
    /// <summary>Multiples of 1, 2, 2.5 or 5 times a power of ten between two numbers.</summary>
    /// <param name="start">The lower end.</param>
    /// <param name="end">The upper end.</param>
    /// <param name="most">About how many.</param>
    public static IEnumerable<double> Between(double start, double end, int most)
    {
        double step = Step((end - start) / most);
        long first = (long)Math.Ceiling(start / step), last = (long)Math.Floor(end / step);
        return Enumerable.Range(0, (int)Math.Clamp(last - first + 1, 0, 20)).Select(i => (first + i) * step);
    }

    static double Step(double rough)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        return power * (rough / power) switch
        {
            <= 1 => 1,
            <= 2 => 2,
            <= 2.5 => 2.5,
            <= 5 => 5,
            _ => 10,
        };
    }
}
