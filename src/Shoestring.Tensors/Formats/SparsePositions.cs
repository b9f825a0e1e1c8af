namespace Shoestring.Tensors;

/// <summary>
/// Where the 16 kept weights of a 2:4 block lie: kept weight i is one of the two of channels 4·⌊i/2⌋ … +3, and its position among
/// these four is the two bits 2·⌊i/4⌋ of byte i mod 4. So one shift and one mask give the positions of four kept weights as four
/// bytes, in the order in which the kernels have them in a 32-bit lane. The pattern is that of NVIDIA's sparse tensor cores
/// (Mishra et al., arXiv 2104.08378, §3).
/// </summary>
static class SparsePositions
{
    /// <summary>Weights that a block keeps.</summary>
    internal const int Kept = 16;

    /// <summary>The channel of a block's 32 that a kept weight belongs to.</summary>
    internal static int Channel(ReadOnlySpan<byte> positions, int kept) =>
        kept / 2 * 4 + (positions[kept % 4] >> kept / 4 * 2 & 3);

    /// <summary>Chooses the two largest of every four by magnitude, the first of equals, and stores where they lie.</summary>
    /// <param name="x">What 32 weights are worth; those kept are compared by magnitude.</param>
    /// <param name="positions">Receives the positions.</param>
    internal static void Choose(ReadOnlySpan<float> x, Span<byte> positions)
    {
        positions.Clear();
        for (int quad = 0; quad < 8; quad++)
        {
            ReadOnlySpan<float> four = x.Slice(4 * quad, 4);
            int largest = Largest(four, -1), second = Largest(four, largest);
            Store(positions, 2 * quad, Math.Min(largest, second));
            Store(positions, 2 * quad + 1, Math.Max(largest, second));
        }
    }

    /// <summary>Sets to zero all but the two of every four whose loss would weigh most: weight · x².</summary>
    internal static void KeepHeaviest(ReadOnlySpan<float> x, ReadOnlySpan<float> weights, Span<float> kept)
    {
        Span<float> four = stackalloc float[4];
        for (int first = 0; first < x.Length; first += 4)
        {
            for (int i = 0; i < 4; i++)
            {
                four[i] = weights[first + i] * x[first + i] * x[first + i];
            }

            int largest = Largest(four, -1), second = Largest(four, largest);
            for (int i = 0; i < 4; i++)
            {
                kept[first + i] = i == largest || i == second ? x[first + i] : 0;
            }
        }
    }

    static void Store(Span<byte> positions, int kept, int position) => positions[kept % 4] |= (byte)(position << kept / 4 * 2);

    // A NaN is never larger, so that any four values give two places that differ.
    static int Largest(ReadOnlySpan<float> four, int not)
    {
        int best = not == 0 ? 1 : 0;
        for (int i = best + 1; i < 4; i++)
        {
            best = i != not && MathF.Abs(four[i]) > MathF.Abs(four[best]) ? i : best;
        }

        return best;
    }
}
