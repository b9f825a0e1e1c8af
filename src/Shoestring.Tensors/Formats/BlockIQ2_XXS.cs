using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Shoestring.Tensors;

/// <summary>
/// 8 groups of 32 elements; a group is four points of the 256-point grid <see cref="Grid"/> in 8 dimensions, each with a
/// pattern of 8 signs of even parity, and a 4-bit scale: value = scale · (½ + group scale) / 4 · ±grid. 2.0625 bits an element.
/// Decoding only: encoding needs an importance matrix to be of use.
/// </summary>
/// <remarks>Layout and arithmetic: ggml-org/ggml, <c>block_iq2_xxs</c> in ggml-common.h.</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = 66)]
public struct BlockIQ2_XXS : IBlockFormat<BlockIQ2_XXS>
{
    /// <summary>Scale of the block.</summary>
    public Half Scale;

    /// <summary>
    /// 8 bytes a group: four grid indices, then a little-endian word with four 7-bit sign patterns from bit 0 up and the
    /// group's scale in the top four bits.
    /// </summary>
    public Bytes64 Groups;

    /// <inheritdoc/>
    public static TensorFormat Format => TensorFormat.IQ2_XXS;

    /// <inheritdoc/>
    public static int Elements => 256;

    /// <summary>The grid: 256 points of 8 bytes, the first coordinate in the lowest byte; coordinates are 8, 25 or 43.</summary>
    public static ReadOnlySpan<ulong> Grid => IQ2Grid.Points;

    /// <summary>The 8 signs (bit set = negative) of a 7-bit pattern: the eighth makes the number of set bits even.</summary>
    public static int Signs(int pattern) => pattern | (BitOperations.PopCount((uint)pattern) & 1) << 7;

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<BlockIQ2_XXS> blocks, Span<float> values)
    {
        for (var i = 0; i < blocks.Length; i++)
        {
            ReadOnlySpan<byte> groups = blocks[i].Groups;
            for (var group = 0; group < 8; group++)
            {
                DecodeGroup((float)blocks[i].Scale, groups.Slice(8 * group, 8), values.Slice(256 * i + 32 * group, 32));
            }
        }
    }

    static void DecodeGroup(float blockScale, ReadOnlySpan<byte> group, Span<float> y)
    {
        var word = BinaryPrimitives.ReadUInt32LittleEndian(group[4..]);
        var scale = blockScale * (0.5f + (word >> 28)) * 0.25f;
        for (var point = 0; point < 4; point++)
        {
            var coordinates = Grid[group[point]];
            var signs = Signs((int)(word >> (7 * point) & 127));
            for (var j = 0; j < 8; j++)
            {
                var magnitude = scale * (byte)(coordinates >> (8 * j));
                y[8 * point + j] = (signs >> j & 1) != 0 ? -magnitude : magnitude;
            }
        }
    }
}
