using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Shoestring.Tensors;

/// <summary>32 levels of 5 bits with one scale: value = scale · (level − 16). 5.5 bits an element.</summary>
/// <remarks>Layout and arithmetic: ggml-org/ggml, <c>block_q5_0</c> in ggml-common.h.</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = 22)]
public struct BlockQ5_0 : ILevelFormat<BlockQ5_0>
{
    /// <summary>The value of largest magnitude / −16.</summary>
    public Half Scale;

    /// <summary>Little-endian; bit j is the fifth bit of level j.</summary>
    public Bytes4 HighBits;

    /// <summary>Byte j holds the low four bits of level j in its low half and of level j + 16 in its high half.</summary>
    public Bytes16 Levels;

    /// <inheritdoc/>
    public static TensorFormat Format => TensorFormat.Q5_0;

    /// <inheritdoc/>
    public static int Elements => 32;

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<BlockQ5_0> blocks, Span<float> values)
    {
        for (var i = 0; i < blocks.Length; i++)
        {
            ref readonly var block = ref blocks[i];
            var scale = (float)block.Scale;
            var high = BinaryPrimitives.ReadUInt32LittleEndian(block.HighBits);
            var y = values.Slice(32 * i, 32);
            for (var j = 0; j < 16; j++)
            {
                y[j] = ((block.Levels[j] & 15 | (int)(high >> j & 1) << 4) - 16) * scale;
                y[j + 16] = ((block.Levels[j] >> 4 | (int)(high >> (j + 16) & 1) << 4) - 16) * scale;
            }
        }
    }

    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, Span<BlockQ5_0> blocks)
    {
        for (var i = 0; i < blocks.Length; i++)
        {
            blocks[i].Encode(values.Slice(32 * i, 32));
        }
    }

    void Encode(ReadOnlySpan<float> x)
    {
        var scale = BlockRange.LargestMagnitude(x) / -16;
        var inverse = BlockRange.Inverse(scale);
        Scale = (Half)scale;
        var high = 0u;
        for (var j = 0; j < 16; j++)
        {
            var (low, upper) = (Level(x[j] * inverse), Level(x[j + 16] * inverse));
            Levels[j] = (byte)(low & 15 | (upper & 15) << 4);
            high |= (uint)(low >> 4) << j | (uint)(upper >> 4) << (j + 16);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(HighBits, high);
    }

    static int Level(float scaled) => Math.Min(31, (int)(sbyte)Rounding.Truncate(scaled + 16.5f)) & 31;

    /// <inheritdoc/>
    public static int GroupElements => 32;

    /// <inheritdoc/>
    public static ReadOnlySpan<sbyte> LevelValues => LevelTables.Signed5;

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
        var high = 0u;
        for (var j = 0; j < 16; j++)
        {
            Levels[j] = (byte)(levels[j] & 15 | (levels[j + 16] & 15) << 4);
            high |= (uint)(levels[j] >> 4) << j | (uint)(levels[j + 16] >> 4) << (j + 16);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(HighBits, high);
    }
}
