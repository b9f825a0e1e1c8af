using System.Runtime.InteropServices;

namespace Shoestring.Tensors;

/// <summary>The upper half of an IEEE 754 single ("brain float").</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public struct BlockBF16 : IEncodableBlockFormat<BlockBF16>
{
    const uint QuietNaN = 64; // the mantissa bit that stays set when the lower half of a NaN is dropped

    /// <summary>Sign, 8 bits of exponent, 7 of mantissa.</summary>
    public ushort Bits;

    /// <inheritdoc/>
    public static TensorFormat Format => TensorFormat.BF16;

    /// <inheritdoc/>
    public static int Elements => 1;

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<BlockBF16> blocks, Span<float> values)
    {
        values = values[..blocks.Length];
        for (var i = 0; i < blocks.Length; i++)
        {
            values[i] = BitConverter.UInt32BitsToSingle((uint)blocks[i].Bits << 16);
        }
    }

    /// <summary>Rounds to nearest, ties to even; a NaN stays one.</summary>
    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, Span<BlockBF16> blocks)
    {
        values = values[..blocks.Length];
        for (var i = 0; i < blocks.Length; i++)
        {
            blocks[i].Bits = Round(values[i]);
        }
    }

    static ushort Round(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value)
            ? (ushort)((bits >> 16) | QuietNaN)
            : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}
