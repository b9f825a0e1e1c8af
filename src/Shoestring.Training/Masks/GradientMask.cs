using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>Which weights change: a bit for each, in the order in which a parameter's numbers lie.</summary>
public sealed class GradientMask
{
    readonly ulong[][] bits;

    GradientMask(ulong[][] bits, long chosen) => (this.bits, Chosen) = (bits, chosen);

    /// <summary>Weights that change.</summary>
    public long Chosen { get; }

    /// <summary>Whether number <paramref name="index"/> of a parameter changes.</summary>
    public bool Has(int parameter, long index) => (bits[parameter][index >> 6] >> (int)(index & 63) & 1) != 0;

    /// <summary>
    /// The <paramref name="count"/> weights of the largest scores, of those that are equal the first in order. Scores below 0 are
    /// never chosen: padding has them.
    /// </summary>
    /// <param name="scores">A score for each number of each parameter. <c>[parameter][number]</c></param>
    /// <param name="count">How many.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer weights.</exception>
    public static GradientMask Largest(IReadOnlyList<NativeBuffer> scores, long count)
    {
        (int least, long ofLeast) = Threshold(scores, count);
        ulong[][] bits = [.. scores.Select(one => new ulong[((one.Bytes / sizeof(float)) + 63) / 64])];
        long chosen = 0;
        for (int parameter = 0; parameter < scores.Count; parameter++)
        {
            ReadOnlySpan<int> values = Values(scores[parameter]);
            for (int i = 0; i < values.Length; i++)
            {
                if (values[i] > least || (values[i] == least && ofLeast-- > 0))
                {
                    bits[parameter][i >> 6] |= 1UL << (i & 63);
                    chosen++;
                }
            }
        }

        return new GradientMask(bits, chosen);
    }

    // Floats that are not negative are in the order of their bits.
    static ReadOnlySpan<int> Values(NativeBuffer scores) => scores.Span<int>(0, (int)(scores.Bytes / sizeof(float)));

    // The bits of the least score that is chosen, and how many that have it are: by the upper half of the bits first, then the lower.
    static (int Least, long OfLeast) Threshold(IReadOnlyList<NativeBuffer> scores, long count)
    {
        long[] upper = new long[1 << 15], lower = new long[1 << 16];
        Count(scores, upper, bits => bits >> 16);
        int high = Last(upper, ref count);
        Count(scores, lower, bits => bits >> 16 == high ? bits & 0xFFFF : -1);
        int low = Last(lower, ref count);
        return ((high << 16) | low, count);
    }

    static void Count(IReadOnlyList<NativeBuffer> scores, long[] places, Func<int, int> place)
    {
        foreach (NativeBuffer one in scores)
        {
            foreach (int bits in Values(one))
            {
                if (bits >= 0 && place(bits) is >= 0 and var at)
                {
                    places[at]++;
                }
            }
        }
    }

    // From the largest down to the place where the count is reached; what is left of the count falls there.
    static int Last(long[] places, ref long count)
    {
        for (int place = places.Length - 1; place >= 0; place--)
        {
            if (places[place] >= count)
            {
                return place;
            }

            count -= places[place];
        }

        throw new ArgumentOutOfRangeException(nameof(count), count, "there are fewer weights");
    }

    /// <summary>Sets the gradients of weights that do not change to zero.</summary>
    public void Apply(int parameter, FlatValues gradient)
    {
        const int piece = 1 << 16;
        ulong[] own = bits[parameter];
        for (long first = 0; first < gradient.Count; first += piece)
        {
            Span<float> values = gradient.Span(first, (int)Math.Min(piece, gradient.Count - first));
            for (int i = 0; i < values.Length; i++)
            {
                long at = first + i;
                if ((own[at >> 6] >> (int)(at & 63) & 1) == 0)
                {
                    values[i] = 0;
                }
            }
        }
    }
}
