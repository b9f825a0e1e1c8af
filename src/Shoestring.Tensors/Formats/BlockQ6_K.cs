using System.Runtime.InteropServices;

namespace Shoestring.Tensors;

/// <summary>
/// 16 groups of 16 levels of 6 bits, each group with a signed 8-bit scale in units of the block's:
/// value = scale · group scale · (level − 32). 6.5625 bits an element.
/// </summary>
/// <remarks>Layout and arithmetic: ggml-org/ggml, <c>block_q6_K</c> in ggml-common.h.</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = 210)]
public struct BlockQ6_K : ILevelFormat<BlockQ6_K>
{
    /// <summary>Byte 64h + 32b + i: low four bits of level 128h + 32b + i in the low half, of the level 64 on in the high half.</summary>
    public Bytes128 Levels;

    /// <summary>Bits 2s of byte 32h + i: the high two bits of level 128h + 32s + i.</summary>
    public Bytes64 HighBits;

    /// <summary>The scale of each group.</summary>
    public SignedBytes16 GroupScales;

    /// <summary>Unit of the group scales.</summary>
    public Half Scale;

    /// <inheritdoc/>
    public static TensorFormat Format => TensorFormat.Q6_K;

    /// <inheritdoc/>
    public static int Elements => 256;

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<BlockQ6_K> blocks, Span<float> values)
    {
        for (var i = 0; i < blocks.Length; i++)
        {
            Decode(in blocks[i], values.Slice(256 * i, 256));
        }
    }

    static void Decode(in BlockQ6_K block, Span<float> y)
    {
        ReadOnlySpan<byte> levels = block.Levels;
        ReadOnlySpan<byte> highBits = block.HighBits;
        for (var group = 0; group < 16; group++)
        {
            var scale = (float)block.Scale * block.GroupScales[group];
            var quarter = group / 2 % 4;
            var source = levels.Slice(64 * (group / 8) + 32 * (quarter % 2) + 16 * (group % 2), 16);
            var high = highBits.Slice(TwoBitLevels.Byte(group), 16);
            var (shift, highShift) = (4 * (quarter / 2), TwoBitLevels.Shift(group));
            var part = y.Slice(16 * group, 16);
            for (var j = 0; j < part.Length; j++)
            {
                part[j] = scale * ((source[j] >> shift & 15 | (high[j] >> highShift & 3) << 4) - 32);
            }
        }
    }

    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, Span<BlockQ6_K> blocks)
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
            scales[group] = SymmetricFit.Search(x.Slice(16 * group, 16), 32, levels.Slice(16 * group, 16));
        }

        var largest = BlockRange.LargestMagnitude(scales);
        if (MathF.Abs(largest) < SymmetricFit.Smallest)
        {
            this = default;
            return;
        }

        PackScales(scales, -128 / largest);
        for (var group = 0; group < 16; group++)
        {
            var scale = (float)Scale * GroupScales[group];
            SymmetricFit.Requantize(x.Slice(16 * group, 16), scale, 32, levels.Slice(16 * group, 16));
        }

        PackLevels(levels);
    }

    void PackScales(ReadOnlySpan<float> scales, float inverse)
    {
        Scale = (Half)(1 / inverse);
        for (var group = 0; group < 16; group++)
        {
            GroupScales[group] = (sbyte)Math.Min(127, Rounding.Nearest(inverse * scales[group]));
        }
    }

    void PackLevels(Span<byte> levels)
    {
        for (var i = 0; i < 128; i++)
        {
            var first = 128 * (i / 64) + i % 64;
            Levels[i] = (byte)(levels[first] & 15 | (levels[first + 64] & 15) << 4);
        }

        foreach (ref var level in levels)
        {
            level >>= 4;
        }

        TwoBitLevels.Pack(levels, HighBits);
    }

    /// <inheritdoc/>
    public static int GroupElements => 16;

    /// <inheritdoc/>
    public static ReadOnlySpan<sbyte> LevelValues => LevelTables.Signed6;

    /// <inheritdoc/>
    public void StoreScales(ReadOnlySpan<float> scales, ReadOnlySpan<float> offsets)
    {
        var largest = BlockRange.LargestMagnitude(scales);
        if (MathF.Abs(largest) < SymmetricFit.Smallest)
        {
            this = default;
            return;
        }

        PackScales(scales, -128 / largest);
    }

    /// <inheritdoc/>
    public readonly void ReadScales(Span<float> scales, Span<float> offsets)
    {
        for (var group = 0; group < 16; group++)
        {
            (scales[group], offsets[group]) = ((float)Scale * GroupScales[group], 0);
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
