using System.Runtime.InteropServices;

namespace Shoestring.Tensors;

/// <summary>32 signed 8-bit levels with one scale: value = scale · level. 8.5 bits an element.</summary>
/// <remarks>Layout and arithmetic: ggml-org/ggml, <c>block_q8_0</c> in ggml-common.h.</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = 34)]
public struct BlockQ8_0 : ILevelFormat<BlockQ8_0>
{
    /// <summary>Largest magnitude / 127.</summary>
    public Half Scale;

    /// <summary>Levels from −127 to 127, in element order.</summary>
    public SignedBytes32 Levels;

    /// <inheritdoc/>
    public static TensorFormat Format => TensorFormat.Q8_0;

    /// <inheritdoc/>
    public static int Elements => 32;

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<BlockQ8_0> blocks, Span<float> values)
    {
        for (var i = 0; i < blocks.Length; i++)
        {
            ref readonly var block = ref blocks[i];
            var scale = (float)block.Scale;
            var y = values.Slice(32 * i, 32);
            for (var j = 0; j < y.Length; j++)
            {
                y[j] = block.Levels[j] * scale;
            }
        }
    }

    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, Span<BlockQ8_0> blocks)
    {
        for (var i = 0; i < blocks.Length; i++)
        {
            blocks[i].Encode(values.Slice(32 * i, 32));
        }
    }

    void Encode(ReadOnlySpan<float> x)
    {
        var scale = MathF.Abs(BlockRange.LargestMagnitude(x)) / 127;
        var inverse = BlockRange.Inverse(scale);
        Scale = (Half)scale;
        for (var j = 0; j < x.Length; j++)
        {
            Levels[j] = (sbyte)Rounding.NearestTiesAway(x[j] * inverse);
        }
    }

    /// <inheritdoc/>
    public static int GroupElements => 32;

    /// <inheritdoc/>
    public static ReadOnlySpan<sbyte> LevelValues => LevelTables.Signed8;

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
        for (var j = 0; j < levels.Length; j++)
        {
            Levels[j] = LevelTables.Signed8[levels[j]];
        }
    }
}
