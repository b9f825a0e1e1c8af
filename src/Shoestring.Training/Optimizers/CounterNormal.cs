using Shoestring.Models;

namespace Shoestring.Training;

/// <summary>Normally distributed random numbers by counting (Box and Muller, 1958): each depends on the seed and its place alone.</summary>
public static class CounterNormal
{
    /// <summary>Fills <paramref name="values"/> with numbers of mean 0 and variance 1.</summary>
    /// <param name="values">Where they go.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="request">What they are for.</param>
    /// <param name="first">The place of the first; even.</param>
    public static void Fill(Span<float> values, ulong seed, ulong request, long first)
    {
        for (int i = 0; i < values.Length; i += 2)
        {
            ulong place = (ulong)(first + i);
            // 1 − u lies in (0, 1], so that the logarithm is finite.
            double radius = Math.Sqrt(-2 * Math.Log(1 - CounterRandom.Uniform(seed, request, place)));
            (double sine, double cosine) = Math.SinCos(2 * Math.PI * CounterRandom.Uniform(seed, request, place + 1));
            values[i] = (float)(radius * cosine);
            if (i + 1 < values.Length)
            {
                values[i + 1] = (float)(radius * sine);
            }
        }
    }
}
