using System.Runtime.InteropServices;

namespace Shoestring.Tensors;

/// <summary>
/// 8 groups of 32 levels of 4 bits; each group has a 6-bit scale and a 6-bit minimum in units of the block's two scales:
/// value = scale · group scale · level − minimum scale · group minimum. 4.5 bits an element.
/// </summary>
/// <remarks>Layout and arithmetic: ggml-org/ggml, <c>block_q4_K</c> in ggml-common.h.</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = 144)]
public struct BlockQ4_K : ILevelFormat<BlockQ4_K>
{
    /// <summary>Unit of the group scales.</summary>
    public Half Scale;

    /// <summary>Unit of the group minima.</summary>
    public Half MinimumScale;

    /// <summary>Scales and minima of the groups, 6 bits each.</summary>
    public Bytes12 GroupScales;

    /// <summary>Byte 32p + i: level i of group 2p in the low half and of group 2p + 1 in the high half.</summary>
    public Bytes128 Levels;

    /// <inheritdoc/>
    public static TensorFormat Format => TensorFormat.Q4_K;

    /// <inheritdoc/>
    public static int Elements => 256;

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<BlockQ4_K> blocks, Span<float> values)
    {
        for (var i = 0; i < blocks.Length; i++)
        {
            Decode(in blocks[i], values.Slice(256 * i, 256));
        }
    }

    static void Decode(in BlockQ4_K block, Span<float> y)
    {
        ReadOnlySpan<byte> levels = block.Levels;
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
                part[j] = scale * (source[j] >> shift & 15) - minimum;
            }
        }
    }

    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, Span<BlockQ4_K> blocks)
    {
        for (var i = 0; i < blocks.Length; i++)
        {
            blocks[i].Encode(values.Slice(256 * i, 256));
        }
    }

    void Encode(ReadOnlySpan<float> x)
    {
        Span<byte> levels = stackalloc byte[256];
        (Scale, MinimumScale) = SixBitScales.Encode(x, 15, AffineSearch.Q4_K, GroupScales, levels);
        PackLevels(levels);
    }

    void PackLevels(ReadOnlySpan<byte> levels)
    {
        for (var i = 0; i < 128; i++)
        {
            var first = 64 * (i / 32) + i % 32;
            Levels[i] = (byte)(levels[first] | levels[first + 32] << 4);
        }
    }

    /// <inheritdoc/>
    public static int GroupElements => 32;

    /// <inheritdoc/>
    public static ReadOnlySpan<sbyte> LevelValues => LevelTables.Unsigned4;

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
