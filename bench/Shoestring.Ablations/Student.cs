namespace Shoestring.Ablations;

/// <summary>Student's interval of a mean: few seeds have long tails.</summary>
static class Student
{
    // The 97.5 % quantiles for 1 … 9 degrees of freedom; the last serves beyond.
    static readonly double[] quantiles = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];

    /// <summary>Half of the 95 % interval of a mean, or null for fewer than two values.</summary>
    public static double? HalfWidth(IReadOnlyList<double> values)
    {
        if (values.Count < 2)
        {
            return null;
        }

        double mean = values.Average();
        return quantiles[Math.Min(quantiles.Length, values.Count - 1) - 1]
            * Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1) / values.Count);
    }
}
