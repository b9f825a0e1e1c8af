namespace Shoestring.Metering;

/// <summary>Student's t distribution.</summary>
public static class StudentT
{
    // Up to here the expansion below is off by more than 0.001.
    static readonly double[] few = [12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622];

    const double Normal = 1.9599639845400545;

    /// <summary>
    /// The quantile at 0.975, which cuts a two-sided 95 % interval: tabulated below 10 degrees of freedom, then the expansion
    /// in 1/ν of Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.5.
    /// </summary>
    public static double Quantile975(int degreesOfFreedom)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(degreesOfFreedom, 1);
        if (degreesOfFreedom <= few.Length)
        {
            return few[degreesOfFreedom - 1];
        }

        double z = Normal, z3 = z * z * z, z5 = z3 * z * z, z7 = z5 * z * z, v = degreesOfFreedom;
        return z
            + ((z3 + z) / (4 * v))
            + (((5 * z5) + (16 * z3) + (3 * z)) / (96 * v * v))
            + (((3 * z7) + (19 * z5) + (17 * z3) - (15 * z)) / (384 * v * v * v));
    }
}
