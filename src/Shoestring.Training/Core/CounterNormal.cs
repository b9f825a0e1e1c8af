using Shoestring.Models;

namespace Shoestring.Training;

/// <summary>Normally distributed numbers by counting: see <see cref="CounterRandom"/>.</summary>
static class CounterNormal
{
    /// <summary>A number of mean 0 and deviation 1 (Box and Muller, "A note on the generation of random normal deviates", 1958).</summary>
    public static double Draw(ulong seed, ulong request, ulong position)
    {
        double radius = 1 - CounterRandom.Uniform(seed, request, 2 * position), angle = CounterRandom.Uniform(seed, request, (2 * position) + 1);
        return Math.Sqrt(-2 * Math.Log(radius)) * Math.Cos(2 * Math.PI * angle);
    }
}
