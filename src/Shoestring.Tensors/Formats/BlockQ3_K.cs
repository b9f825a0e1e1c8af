using System.Runtime.InteropServices;

namespace Shoestring.Tensors;

/// <summary>
/// 16 groups of 16 levels of 3 bits, each group with a 6-bit scale in units of the block's:
/// value = scale · (group scale − 32) · (level − 4). 3.4375 bits an element.
/// </summary>
/// <remarks>Layout and arithmetic: ggml-org/ggml, <c>block_q3_K</c> in ggml-common.h.</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = 110)]
public struct BlockQ3_K : ILevelFormat<BlockQ3_K>
{
    /// <summary>Bit b of byte i: the high bit of level 32b + i.</summary>
    public Bytes32 HighBits;

    /// <summary>The low two bits, as in <see cref="BlockQ2_K.Levels"/>.</summary>
    public Bytes64 Levels;

    /// <summary>
    /// Low four bits of the scales of groups g and g + 8 in byte g of the first 8; high two bits of group g at bits
    /// 2(g / 4) of byte 8 + g % 4.
    /// </summary>
    public Bytes12 GroupScales;

    /// <summary>Unit of the group scales.</summary>
    public Half Scale;

    /// <inheritdoc/>
    public static TensorFormat Format => TensorFormat.Q3_K;

    /// <inheritdoc/>
    public static int Elements => 256;

    readonly int GroupScale(int group)
    {
        var low = group < 8 ? GroupScales[group] & 15 : GroupScales[group - 8] >> 4;
        return (low | (GroupScales[8 + group % 4] >> (2 * (group / 4)) & 3) << 4) - 32;
    }

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<BlockQ3_K> blocks, Span<float> values)
    {
        for (var i = 0; i < blocks.Length; i++)
        {
            Decode(in blocks[i], values.Slice(256 * i, 256));
        }
    }

    static void Decode(in BlockQ3_K block, Span<float> y)
    {
        ReadOnlySpan<byte> levels = block.Levels;
        ReadOnlySpan<byte> highBits = block.HighBits;
        for (var group = 0; group < 16; group++)
        {
            var scale = (float)block.Scale * block.GroupScale(group);
            var source = levels.Slice(TwoBitLevels.Byte(group), 16);
            var high = highBits.Slice(16 * (group % 2), 16);
            var (shift, bit) = (TwoBitLevels.Shift(group), group / 2);
            var part = y.Slice(16 * group, 16);
            for (var j = 0; j < part.Length; j++)
            {
                part[j] = scale * ((source[j] >> shift & 3 | (high[j] >> bit & 1) << 2) - 4);
            }
        }
    }

    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, Span<BlockQ3_K> blocks)
    {
        for (var i = 0; i < blocks.Length; i++)
        {
            blocks[i].Encode(values.Slice(256 * i, 256));
        }
    }

    void Encode(ReadOnlySpan<float> x)
    {
        Span<byte> levels = stackalloc byte[256];
        Span<float> scales = stackalloc float[16];
        for (var group = 0; group < 16; group++)
        {
            scales[group] = SymmetricFit.Refine(x.Slice(16 * group, 16), 4, levels.Slice(16 * group, 16));
        }

        PackScales(scales);
        for (var group = 0; group < 16; group++)
        {
            var scale = (float)Scale * GroupScale(group);
            SymmetricFit.Requantize(x.Slice(16 * group, 16), scale, 4, levels.Slice(16 * group, 16));
        }

        PackLevels(levels);
    }

    void PackScales(ReadOnlySpan<float> scales)
    {
        GroupScales = default;
        Scale = default;
        var largest = BlockRange.LargestMagnitude(scales);
        if (largest == 0)
        {
            return;
        }

        var inverse = -32 / largest;
        Scale = (Half)(1 / inverse);
        for (var group = 0; group < 16; group++)
        {
            var level = Math.Clamp((int)(sbyte)Rounding.Nearest(inverse * scales[group]), -32, 31) + 32;
            GroupScales[group % 8] |= (byte)((level & 15) << (4 * (group / 8)));
            GroupScales[8 + group % 4] |= (byte)(level >> 4 << (2 * (group / 4)));
        }
    }

    void PackLevels(Span<byte> levels)
    {
        HighBits = default;
        for (var i = 0; i < levels.Length; i++)
        {
            HighBits[i % 32] |= (byte)(levels[i] >> 2 << (i / 32));
            levels[i] &= 3;
        }

        TwoBitLevels.Pack(levels, Levels);
    }

    /// <inheritdoc/>
    public static int GroupElements => 16;

    /// <inheritdoc/>
    public static ReadOnlySpan<sbyte> LevelValues => LevelTables.Signed3;

    /// <inheritdoc/>
    public void StoreScales(ReadOnlySpan<float> scales, ReadOnlySpan<float> offsets)
    {
        PackScales(scales);
    }

    /// <inheritdoc/>
    public readonly void ReadScales(Span<float> scales, Span<float> offsets)
    {
        for (var group = 0; group < 16; group++)
        {
            (scales[group], offsets[group]) = ((float)Scale * GroupScale(group), 0);
        }
    }

    /// <inheritdoc/>
    public void StoreLevels(ReadOnlySpan<byte> levels)
    {
        Span<byte> rest = stackalloc byte[256];
        levels.CopyTo(rest);
        PackLevels(rest);
    }
}
