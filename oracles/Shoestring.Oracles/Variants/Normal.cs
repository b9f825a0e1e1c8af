using System.Text;

namespace Shoestring.Oracles;

/// <summary>Normally distributed numbers, each a function of seed, name and index alone.</summary>
static class Normal
{
    public static float[] Fill(ulong seed, string name, long count, double mean, double deviation)
    {
        var stream = Mix(seed ^ Hash(name));
        var values = new float[count];
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)(mean + deviation * At(stream, (ulong)i));
        return values;
    }

    // Box and Muller's transform of two uniform numbers.
    static double At(ulong stream, ulong index)
    {
        var radius = Math.Sqrt(-2 * Math.Log(1 - Uniform(stream + 2 * index)));
        return radius * Math.Cos(2 * Math.PI * Uniform(stream + 2 * index + 1));
    }

    static double Uniform(ulong counter) => (Mix(counter) >> 11) * (1.0 / (1UL << 53));

    // FNV-1a, 64 bits.
    static ulong Hash(string name) =>
        Encoding.UTF8.GetBytes(name).Aggregate(0xcbf29ce484222325UL, (hash, value) => (hash ^ value) * 0x100000001b3UL);

    // The finalizer of SplitMix64 (Steele, Lea, Flood 2014).
    static ulong Mix(ulong value)
    {
        value += 0x9e3779b97f4a7c15UL;
        value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9UL;
        value = (value ^ (value >> 27)) * 0x94d049bb133111ebUL;
        return value ^ (value >> 31);
    }
}
