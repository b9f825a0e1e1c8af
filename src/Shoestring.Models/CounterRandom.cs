namespace Shoestring.Models;

/// <summary>
/// Random numbers by counting: (seed, request, position) is mixed to a number, so a draw depends on nothing that was drawn
/// before it, nor on what else runs (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011). The mixer is
/// SplitMix64's finalizer (Steele et al., OOPSLA 2014), applied once for each counter.
/// </summary>
public static class CounterRandom
{
    /// <summary>Uniform in [0, 1).</summary>
    public static double Uniform(ulong seed, ulong request, ulong position) =>
        (Mix(Mix(Mix(seed) + request) + position) >> 11) * (1.0 / (1UL << 53));

    static ulong Mix(ulong z)
    {
        z += 0x9E3779B97F4A7C15;
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
        z = (z ^ z >> 27) * 0x94D049BB133111EB;
        return z ^ z >> 31;
    }
}
