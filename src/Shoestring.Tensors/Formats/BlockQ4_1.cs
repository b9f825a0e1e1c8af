using System.Runtime.InteropServices;

namespace Shoestring.Tensors;

/// <summary>32 levels of 4 bits with a scale and a minimum: value = scale · level + minimum. 5 bits an element.</summary>
/// <remarks>Layout and arithmetic: ggml-org/ggml, <c>block_q4_1</c> in ggml-common.h.</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = 20)]
public struct BlockQ4_1 : ILevelFormat<BlockQ4_1>
{
    /// <summary>(largest − smallest value) / 15.</summary>
    public Half Scale;

    /// <summary>The smallest value.</summary>
    public Half Minimum;

    /// <summary>Byte j holds level j in its low half and level j + 16 in its high half.</summary>
    public Bytes16 Levels;

    /// <inheritdoc/>
    public static TensorFormat Format => TensorFormat.Q4_1;

    /// <inheritdoc/>
    public static int Elements => 32;

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<BlockQ4_1> blocks, Span<float> values)
    {
        for (var i = 0; i < blocks.Length; i++)
        {
            ref readonly var block = ref blocks[i];
            var (scale, minimum) = ((float)block.Scale, (float)block.Minimum);
            var y = values.Slice(32 * i, 32);
            for (var j = 0; j < 16; j++)
            {
                y[j] = (block.Levels[j] & 15) * scale + minimum;
                y[j + 16] = (block.Levels[j] >> 4) * scale + minimum;
            }
        }
    }

    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, Span<BlockQ4_1> blocks)
    {
        for (var i = 0; i < blocks.Length; i++)
        {
            blocks[i].Encode(values.Slice(32 * i, 32));
        }
    }

    void Encode(ReadOnlySpan<float> x)
    {
        var (minimum, maximum) = BlockRange.MinimumAndMaximum(x);
        var scale = (maximum - minimum) / 15;
        var inverse = BlockRange.Inverse(scale);
        Scale = (Half)scale;
        Minimum = (Half)minimum;
        for (var j = 0; j < 16; j++)
        {
            Levels[j] = (byte)(Level((x[j] - minimum) * inverse) | Level((x[j + 16] - minimum) * inverse) << 4);
        }
    }

    static int Level(float scaled) => Math.Min(15, (int)(sbyte)Rounding.Truncate(scaled + 0.5f)) & 15;

    /// <inheritdoc/>
    public static int GroupElements => 32;

    /// <inheritdoc/>
    public static ReadOnlySpan<sbyte> LevelValues => LevelTables.Unsigned4;

    /// <inheritdoc/>
    public void StoreScales(ReadOnlySpan<float> scales, ReadOnlySpan<float> offsets)
    {
        (Scale, Minimum) = ((Half)scales[0], (Half)offsets[0]);
    }

    /// <inheritdoc/>
    public readonly void ReadScales(Span<float> scales, Span<float> offsets)
    {
        (scales[0], offsets[0]) = ((float)Scale, (float)Minimum);
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
