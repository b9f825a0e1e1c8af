using System.Runtime.InteropServices;

namespace Shoestring.Tensors;

/// <summary>
/// 8 groups of 32 levels of 5 bits; each group has a 6-bit scale and a 6-bit minimum in units of the block's two scales:
/// value = scale · group scale · level − minimum scale · group minimum. 5.5 bits an element.
/// </summary>
/// <remarks>Layout and arithmetic: ggml-org/ggml, <c>block_q5_K</c> in ggml-common.h.</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = 176)]
public struct BlockQ5_K : ILevelFormat<BlockQ5_K>
{
    /// <summary>Unit of the group scales.</summary>
    public Half Scale;

    /// <summary>Unit of the group minima.</summary>
    public Half MinimumScale;

    /// <summary>Scales and minima of the groups, 6 bits each.</summary>
    public Bytes12 GroupScales;

    /// <summary>Bit g of byte i: the fifth bit of level i of group g.</summary>
    public Bytes32 HighBits;

    /// <summary>The low four bits, as in <see cref="BlockQ4_K.Levels"/>.</summary>
    public Bytes128 Levels;

    /// <inheritdoc/>
    public static TensorFormat Format => TensorFormat.Q5_K;

    /// <inheritdoc/>
    public static int Elements => 256;

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<BlockQ5_K> blocks, Span<float> values)
    {
        for (var i = 0; i < blocks.Length; i++)
        {
            Decode(in blocks[i], values.Slice(256 * i, 256));
        }
    }

    static void Decode(in BlockQ5_K block, Span<float> y)
    {
        ReadOnlySpan<byte> levels = block.Levels;
        ReadOnlySpan<byte> high = block.HighBits;
        for (var group = 0; group < 8; group++)
        {
            var (groupScale, groupMinimum) = SixBitScales.Read(block.GroupScales, group);
            var scale = (float)block.Scale * groupScale;
            var minimum = (float)block.MinimumScale * groupMinimum;
            var source = levels.Slice(32 * (group / 2), 32);
            var shift = 4 * (group % 2);
            var part = y.Slice(32 * group, 32);
            for (var j = 0; j < part.Length; j++)
            {
                part[j] = scale * (source[j] >> shift & 15 | (high[j] >> group & 1) << 4) - minimum;
            }
        }
    }

    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, Span<BlockQ5_K> blocks)
    {
        for (var i = 0; i < blocks.Length; i++)
        {
            blocks[i].Encode(values.Slice(256 * i, 256));
        }
    }

    void Encode(ReadOnlySpan<float> x)
    {
        Span<byte> levels = stackalloc byte[256];
        (Scale, MinimumScale) = SixBitScales.Encode(x, 31, AffineSearch.Q5_K, GroupScales, levels);
        PackLevels(levels);
    }

    void PackLevels(ReadOnlySpan<byte> levels)
    {
        HighBits = default;
        for (var i = 0; i < levels.Length; i++)
        {
            HighBits[i % 32] |= (byte)(levels[i] >> 4 << (i / 32));
        }

        for (var i = 0; i < 128; i++)
        {
            var first = 64 * (i / 32) + i % 32;
            Levels[i] = (byte)(levels[first] & 15 | (levels[first + 32] & 15) << 4);
        }
    }

    /// <inheritdoc/>
    public static int GroupElements => 32;

    /// <inheritdoc/>
    public static ReadOnlySpan<sbyte> LevelValues => LevelTables.Unsigned5;

    /// <inheritdoc/>
    public void StoreScales(ReadOnlySpan<float> scales, ReadOnlySpan<float> offsets)
    {
        (Scale, MinimumScale) = SixBitScales.Store(scales, offsets, GroupScales);
    }

    /// <inheritdoc/>
    public readonly void ReadScales(Span<float> scales, Span<float> offsets)
    {
        SixBitScales.Read(GroupScales, (float)Scale, (float)MinimumScale, scales, offsets);
    }

    /// <inheritdoc/>
    public void StoreLevels(ReadOnlySpan<byte> levels)
    {
        PackLevels(levels);
    }
}
