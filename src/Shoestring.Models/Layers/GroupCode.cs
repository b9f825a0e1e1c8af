using System.Runtime.InteropServices;

namespace Shoestring.Models;

/// <summary>
/// Groups of 256 values as integers between their minimum and maximum, rounded at random without bias (Chen et al., arXiv 2104.14129,
/// §4.1): a value between two levels becomes the upper one with the probability of its distance from the lower.
/// </summary>
/// <param name="bits">8 or 4.</param>
readonly struct GroupCode(int bits)
{
    /// <summary>Values of a group: those of ActNN's own code.</summary>
    public const int Elements = 256;

    const int HeaderBytes = 2 * sizeof(float);

    int Levels => (1 << bits) - 1;

    /// <summary>Bytes of a group.</summary>
    public int GroupBytes => HeaderBytes + (Elements * bits / 8);

    /// <summary>Bytes of so many values.</summary>
    public long Bytes(long elements) => (elements + Elements - 1) / Elements * GroupBytes;

    /// <summary>Codes up to 256 values.</summary>
    /// <param name="values">The values.</param>
    /// <param name="code">Takes the group, <see cref="GroupBytes"/>.</param>
    /// <param name="seed">What roundings are drawn from.</param>
    /// <param name="request">What they are for.</param>
    /// <param name="first">The place of the first value.</param>
    public void Encode(ReadOnlySpan<float> values, Span<byte> code, ulong seed, ulong request, long first)
    {
        float lowest = values[0], highest = values[0];
        foreach (float value in values)
        {
            lowest = MathF.Min(lowest, value);
            highest = MathF.Max(highest, value);
        }
        float scale = (highest - lowest) / Levels, inverse = scale > 0 ? 1 / scale : 0;
        MemoryMarshal.Write(code, lowest);
        MemoryMarshal.Write(code[sizeof(float)..], scale);
        Span<byte> levels = code[HeaderBytes..];
        levels.Clear();
        for (int i = 0; i < values.Length; i++)
        {
            double up = CounterRandom.Uniform(seed, request, (ulong)(first + i));
            int level = Math.Clamp((int)Math.Floor(((values[i] - lowest) * inverse) + up), 0, Levels);
            levels[i * bits / 8] |= (byte)(bits == 8 ? level : level << (4 * (i & 1)));
        }
    }

    /// <summary>The values of a group.</summary>
    public void Decode(ReadOnlySpan<byte> code, Span<float> values)
    {
        float lowest = MemoryMarshal.Read<float>(code), scale = MemoryMarshal.Read<float>(code[sizeof(float)..]);
        ReadOnlySpan<byte> levels = code[HeaderBytes..];
        for (int i = 0; i < values.Length; i++)
        {
            int level = bits == 8 ? levels[i] : (levels[i / 2] >> (4 * (i & 1))) & 15;
            values[i] = lowest + (level * scale);
        }
    }
}
