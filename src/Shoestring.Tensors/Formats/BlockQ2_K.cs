using System.Runtime.InteropServices;

namespace Shoestring.Tensors;

/// <summary>
/// 16 groups of 16 levels of 2 bits; each group has a 4-bit scale and a 4-bit minimum in units of the block's two scales:
/// value = scale · group scale · level − minimum scale · group minimum. 2.625 bits an element.
/// </summary>
/// <remarks>Layout and arithmetic: ggml-org/ggml, <c>block_q2_K</c> in ggml-common.h.</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = 84)]
public struct BlockQ2_K : ILevelFormat<BlockQ2_K>
{
    /// <summary>Byte g: the scale of group g in the low half, its minimum in the high half.</summary>
    public Bytes16 GroupScales;

    /// <summary>Bits 2s of byte 32h + i: level 128h + 32s + i.</summary>
    public Bytes64 Levels;

    /// <summary>Unit of the group scales.</summary>
    public Half Scale;

    /// <summary>Unit of the group minima.</summary>
    public Half MinimumScale;

    /// <inheritdoc/>
    public static TensorFormat Format => TensorFormat.Q2_K;

    /// <inheritdoc/>
    public static int Elements => 256;

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<BlockQ2_K> blocks, Span<float> values)
    {
        for (var i = 0; i < blocks.Length; i++)
        {
            Decode(in blocks[i], values.Slice(256 * i, 256));
        }
    }

    static void Decode(in BlockQ2_K block, Span<float> y)
    {
        ReadOnlySpan<byte> levels = block.Levels;
        for (var group = 0; group < 16; group++)
        {
            var scale = (float)block.Scale * (block.GroupScales[group] & 15);
            var minimum = (float)block.MinimumScale * (block.GroupScales[group] >> 4);
            var source = levels.Slice(TwoBitLevels.Byte(group), 16);
            var shift = TwoBitLevels.Shift(group);
            var part = y.Slice(16 * group, 16);
            for (var j = 0; j < part.Length; j++)
            {
                part[j] = scale * (source[j] >> shift & 3) - minimum;
            }
        }
    }

    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, Span<BlockQ2_K> blocks)
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
        Span<float> minima = stackalloc float[16];
        FitGroups(x, levels, scales, minima);
        var (largestScale, largestMinimum) = (AffineFit.LargestPositive(scales), AffineFit.LargestPositive(minima));
        Scale = (Half)(largestScale / 15);
        MinimumScale = (Half)(largestMinimum / 15);
        PackScales(scales, largestScale > 0 ? 15 / largestScale : 0, minima, largestMinimum > 0 ? 15 / largestMinimum : 0);
        for (var group = 0; group < 16; group++)
        {
            var scale = (float)Scale * (GroupScales[group] & 15);
            var minimum = (float)MinimumScale * (GroupScales[group] >> 4);
            AffineFit.Requantize(x.Slice(16 * group, 16), scale, minimum, 3, levels.Slice(16 * group, 16));
        }

        TwoBitLevels.Pack(levels, Levels);
    }

    static void FitGroups(ReadOnlySpan<float> x, Span<byte> levels, Span<float> scales, Span<float> minima)
    {
        Span<float> weights = stackalloc float[16];
        for (var group = 0; group < 16; group++)
        {
            var part = x.Slice(16 * group, 16);
            for (var j = 0; j < part.Length; j++)
            {
                weights[j] = MathF.Abs(part[j]);
            }

            var fit = new AffineFit(part, weights, 3);
            scales[group] = fit.Search(AffineSearch.Q2_K, levels.Slice(16 * group, 16), out minima[group]);
        }
    }

    void PackScales(ReadOnlySpan<float> scales, float inverseScale, ReadOnlySpan<float> minima, float inverseMinimum)
    {
        for (var group = 0; group < 16; group++)
        {
            var scale = Rounding.Nearest(inverseScale * scales[group]);
            var minimum = Rounding.Nearest(inverseMinimum * minima[group]);
            GroupScales[group] = (byte)(scale | minimum << 4);
        }
    }

    /// <inheritdoc/>
    public static int GroupElements => 16;

    /// <inheritdoc/>
    public static ReadOnlySpan<sbyte> LevelValues => LevelTables.Unsigned2;

    /// <inheritdoc/>
    public void StoreScales(ReadOnlySpan<float> scales, ReadOnlySpan<float> offsets)
    {
        Span<float> minima = stackalloc float[16];
        for (var group = 0; group < 16; group++)
        {
            minima[group] = -offsets[group];
        }

        var (largestScale, largestMinimum) = (AffineFit.LargestPositive(scales), AffineFit.LargestPositive(minima));
        Scale = (Half)(largestScale / 15);
        MinimumScale = (Half)(largestMinimum / 15);
        PackScales(scales, largestScale > 0 ? 15 / largestScale : 0, minima, largestMinimum > 0 ? 15 / largestMinimum : 0);
    }

    /// <inheritdoc/>
    public readonly void ReadScales(Span<float> scales, Span<float> offsets)
    {
        for (var group = 0; group < 16; group++)
        {
            scales[group] = (float)Scale * (GroupScales[group] & 15);
            offsets[group] = -((float)MinimumScale * (GroupScales[group] >> 4));
        }
    }

    /// <inheritdoc/>
    public void StoreLevels(ReadOnlySpan<byte> levels)
    {
        TwoBitLevels.Pack(levels, Levels);
    }
}
