using System.Runtime.InteropServices;

namespace Shoestring.Tensors;

/// <summary>32 indices of 4 bits into 16 unevenly spaced values, with one scale: value = scale · table[index]. 4.5 bits an element.</summary>
/// <remarks>Layout and arithmetic: ggml-org/ggml, <c>block_iq4_nl</c> in ggml-common.h; the table is <c>kvalues_iq4nl</c> there.</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = 18)]
public struct BlockIQ4_NL : ILevelFormat<BlockIQ4_NL>
{
    const int Tries = 7; // scales tried to either side of the one that meets the largest value

    /// <summary>Scale of the table.</summary>
    public Half Scale;

    /// <summary>Byte j holds index j in its low half and index j + 16 in its high half.</summary>
    public Bytes16 Indices;

    /// <inheritdoc/>
    public static TensorFormat Format => TensorFormat.IQ4_NL;

    /// <inheritdoc/>
    public static int Elements => 32;

    /// <summary>The 16 values, ascending.</summary>
    public static ReadOnlySpan<sbyte> Table => [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<BlockIQ4_NL> blocks, Span<float> values)
    {
        for (var i = 0; i < blocks.Length; i++)
        {
            ref readonly var block = ref blocks[i];
            var scale = (float)block.Scale;
            var y = values.Slice(32 * i, 32);
            for (var j = 0; j < 16; j++)
            {
                y[j] = scale * Table[block.Indices[j] & 15];
                y[j + 16] = scale * Table[block.Indices[j] >> 4];
            }
        }
    }

    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, Span<BlockIQ4_NL> blocks)
    {
        for (var i = 0; i < blocks.Length; i++)
        {
            blocks[i].Encode(values.Slice(32 * i, 32));
        }
    }

    void Encode(ReadOnlySpan<float> x)
    {
        var scale = Search(x);
        var inverse = BlockRange.Inverse(scale);
        Scale = (Half)scale;
        for (var j = 0; j < 16; j++)
        {
            Indices[j] = (byte)(Nearest(x[j] * inverse) | Nearest(x[j + 16] * inverse) << 4);
        }
    }

    /// <summary>The scale, of 16 tried, with the smallest squared error weighted by x².</summary>
    static float Search(ReadOnlySpan<float> x)
    {
        var largest = BlockRange.LargestMagnitude(x);
        if (MathF.Abs(largest) < SymmetricFit.Smallest)
        {
            return 0;
        }

        var (sumXQ, sumQQ) = Sums(x, 1 / (-largest / Table[0]));
        var scale = sumQQ > 0 ? sumXQ / sumQQ : 0;
        var best = scale * sumXQ;
        for (var step = -Tries; step <= Tries; step++)
        {
            (sumXQ, sumQQ) = Sums(x, (step + Table[0]) / largest);
            if (sumQQ > 0 && sumXQ * sumXQ > best * sumQQ)
            {
                scale = sumXQ / sumQQ;
                best = scale * sumXQ;
            }
        }

        return scale;
    }

    static (float SumXQ, float SumQQ) Sums(ReadOnlySpan<float> x, float inverse)
    {
        var (sumXQ, sumQQ) = (0f, 0f);
        foreach (var value in x)
        {
            float q = Table[Nearest(inverse * value)];
            var weighted = value * value * q;
            sumXQ += weighted * value;
            sumQQ += weighted * q;
        }

        return (sumXQ, sumQQ);
    }

    /// <summary>Index of the nearest value of the table; the upper one of two at equal distance.</summary>
    static int Nearest(float scaled)
    {
        var (lower, upper) = (0, 15);
        while (upper - lower > 1)
        {
            var middle = (lower + upper) / 2;
            (lower, upper) = scaled < Table[middle] ? (lower, middle) : (middle, upper);
        }

        return scaled - Table[lower] < Table[upper] - scaled ? lower : upper;
    }

    /// <inheritdoc/>
    public static int GroupElements => 32;

    /// <inheritdoc/>
    public static ReadOnlySpan<sbyte> LevelValues => Table;

    /// <inheritdoc/>
    public void StoreScales(ReadOnlySpan<float> scales, ReadOnlySpan<float> offsets)
    {
        Scale = (Half)scales[0];
    }

    /// <inheritdoc/>
    public readonly void ReadScales(Span<float> scales, Span<float> offsets)
    {
        (scales[0], offsets[0]) = ((float)Scale, 0);
    }

    /// <inheritdoc/>
    public void StoreLevels(ReadOnlySpan<byte> levels)
    {
        for (var j = 0; j < 16; j++)
        {
            Indices[j] = (byte)(levels[j] | levels[j + 16] << 4);
        }
    }
}
