using System.Runtime.InteropServices;

namespace Shoestring.Tensors;

/// <summary>32 levels of 4 bits with one scale: value = scale · (level − 8). 4.5 bits an element.</summary>
/// <remarks>Layout and arithmetic: ggml-org/ggml, <c>block_q4_0</c> in ggml-common.h.</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = 18)]
public struct BlockQ4_0 : ILevelFormat<BlockQ4_0>
{
    /// <summary>The value of largest magnitude / −8: that value always gets level 0 and is met best.</summary>
    public Half Scale;

    /// <summary>Byte j holds level j in its low half and level j + 16 in its high half.</summary>
    public Bytes16 Levels;

    /// <inheritdoc/>
    public static TensorFormat Format => TensorFormat.Q4_0;

    /// <inheritdoc/>
    public static int Elements => 32;

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<BlockQ4_0> blocks, Span<float> values)
    {
        for (var i = 0; i < blocks.Length; i++)
        {
            ref readonly var block = ref blocks[i];
            var scale = (float)block.Scale;
            var y = values.Slice(32 * i, 32);
            for (var j = 0; j < 16; j++)
            {
                y[j] = ((block.Levels[j] & 15) - 8) * scale;
                y[j + 16] = ((block.Levels[j] >> 4) - 8) * scale;
            }
        }
    }

    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, Span<BlockQ4_0> blocks)
    {
        for (var i = 0; i < blocks.Length; i++)
        {
            blocks[i].Encode(values.Slice(32 * i, 32));
        }
    }

    void Encode(ReadOnlySpan<float> x)
    {
        var scale = BlockRange.LargestMagnitude(x) / -8;
        var inverse = BlockRange.Inverse(scale);
        Scale = (Half)scale;
        for (var j = 0; j < 16; j++)
        {
            Levels[j] = (byte)(Level(x[j] * inverse) | Level(x[j + 16] * inverse) << 4);
        }
    }

    internal static int Level(float scaled) => Math.Min(15, (int)(sbyte)Rounding.Truncate(scaled + 8.5f)) & 15;

    /// <inheritdoc/>
    public static int GroupElements => 32;

    /// <inheritdoc/>
    public static ReadOnlySpan<sbyte> LevelValues => LevelTables.Signed4;

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
            Levels[j] = (byte)(levels[j] | levels[j + 16] << 4);
        }
    }
}
