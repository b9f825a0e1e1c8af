namespace Shoestring.Survey;

/// <summary>Random numbers by (seed, position): SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).</summary>
static class CounterRandom
{
    /// <summary>64 random bits.</summary>
    public static ulong Bits(ulong seed, ulong position)
    {
        ulong z = seed + ((position + 1) * 0x9E3779B97F4A7C15);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>A whole number below <paramref name="limit"/>.</summary>
    public static int Below(int limit, ulong seed, ulong position) => (int)(((UInt128)Bits(seed, position) * (UInt128)limit) >> 64);

    /// <summary>Bits that a text decides (FNV-1a, then mixed), so that an order by them does not depend on where the text stands.</summary>
    public static ulong Of(string text, ulong seed)
    {
        ulong hash = 14695981039346656037;
        foreach (char letter in text)
        {
            hash = (hash ^ letter) * 1099511628211;
        }

        return Bits(seed, hash);
    }
}
