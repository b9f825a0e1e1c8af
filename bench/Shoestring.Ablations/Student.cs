using Shoestring.Metering;

namespace Shoestring.Ablations;

/// <summary>Student's interval of a mean: few seeds have long tails.</summary>
static class Student
{
    /// <summary>Half of the 95 % interval of a mean, or null for fewer than two values.</summary>
    public static double? HalfWidth(IReadOnlyList<double> values)
    {
        if (values.Count < 2)
        {
            return null;
        }

        double mean = values.Average();
        return StudentT.Quantile975(values.Count - 1)
            * Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1) / values.Count);
    }
}
