using System.Runtime.InteropServices;

namespace Shoestring.Tensors;

/// <summary>
/// 4-bit NormalFloat with double quantization: 256 indices into 16 quantiles of a normal distribution, a largest magnitude for each 64
/// of them, and these in 8 bits with one scale: value = scale · magnitude / 255 · table[index]. 4.19 bits an element.
/// </summary>
/// <remarks>
/// Dettmers et al., arXiv 2305.14314, section 3; the table is its appendix E. The paper quantizes 256 magnitudes together, over rows'
/// ends (4.13 bits); here it is the four of a block, so that a row stands by itself.
/// </remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = 134)]
public struct BlockNF4 : IEncodableBlockFormat<BlockNF4>
{
    internal const int Group = 64, Groups = 4, IndicesOffset = 6;

    const int Levels = 255;

    internal const float Unit = 1f / Levels;

    /// <summary>The largest of the magnitudes.</summary>
    public Half Scale;

    /// <summary>Magnitudes of 64 elements each, in 255ths of the scale.</summary>
    public Bytes4 Magnitudes;

    /// <summary>Byte j holds index 2j in its low half and index 2j + 1 in its high half.</summary>
    public Bytes128 Indices;

    /// <inheritdoc/>
    public static TensorFormat Format => TensorFormat.NF4;

    /// <inheritdoc/>
    public static int Elements => Group * Groups;

    /// <summary>The 16 values, ascending.</summary>
    public static ReadOnlySpan<float> Table =>
    [
        -1f, -0.6961928009986877f, -0.5250730514526367f, -0.39491748809814453f, -0.28444138169288635f, -0.18477343022823334f, -0.09105003625154495f, 0f,
        0.07958029955625534f, 0.16093020141124725f, 0.24611230194568634f, 0.33791524171829224f, 0.44070982933044434f, 0.5626170039176941f, 0.7229568362236023f, 1f,
    ];

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<BlockNF4> blocks, Span<float> values)
    {
        for (int i = 0; i < blocks.Length; i++)
        {
            ref readonly BlockNF4 block = ref blocks[i];
            Span<float> y = values.Slice(Elements * i, Elements);
            for (int j = 0; j < Elements / 2; j++)
            {
                float magnitude = (float)block.Scale * Unit * block.Magnitudes[2 * j / Group];
                y[2 * j] = magnitude * Table[block.Indices[j] & 15];
                y[(2 * j) + 1] = magnitude * Table[block.Indices[j] >> 4];
            }
        }
    }

    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, Span<BlockNF4> blocks)
    {
        for (int i = 0; i < blocks.Length; i++)
        {
            blocks[i].Encode(values.Slice(Elements * i, Elements));
        }
    }

    void Encode(ReadOnlySpan<float> x)
    {
        Scale = (Half)MathF.Abs(BlockRange.LargestMagnitude(x));
        float unit = BlockRange.Inverse((float)Scale * Unit);
        for (int group = 0; group < Groups; group++)
        {
            ReadOnlySpan<float> part = x.Slice(group * Group, Group);
            Magnitudes[group] = (byte)Math.Clamp(MathF.Round(MathF.Abs(BlockRange.LargestMagnitude(part)) * unit), 0, Levels);
            float inverse = BlockRange.Inverse((float)Scale * Unit * Magnitudes[group]);
            for (int j = 0; j < Group / 2; j++)
            {
                Indices[(group * Group / 2) + j] = (byte)(Nearest(part[2 * j] * inverse) | Nearest(part[(2 * j) + 1] * inverse) << 4);
            }
        }
    }

    /// <summary>Index of the nearest value of the table; the upper one of two at equal distance.</summary>
    static int Nearest(float scaled)
    {
        int index = 0;
        for (int upper = 1; upper < Table.Length && scaled - Table[upper - 1] >= Table[upper] - scaled; upper++)
        {
            index = upper;
        }

        return index;
    }
}
