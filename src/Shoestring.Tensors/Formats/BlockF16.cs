using System.Runtime.InteropServices;

namespace Shoestring.Tensors;

/// <summary>One IEEE 754 half.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public struct BlockF16 : IEncodableBlockFormat<BlockF16>
{
    /// <summary>The value.</summary>
    public Half Value;

    /// <inheritdoc/>
    public static TensorFormat Format => TensorFormat.F16;

    /// <inheritdoc/>
    public static int Elements => 1;

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<BlockF16> blocks, Span<float> values)
    {
        values = values[..blocks.Length];
        for (var i = 0; i < blocks.Length; i++)
        {
            values[i] = (float)blocks[i].Value;
        }
    }

    /// <summary>Rounds to nearest, ties to even; magnitudes from 65520 become infinite.</summary>
    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, Span<BlockF16> blocks)
    {
        values = values[..blocks.Length];
        for (var i = 0; i < blocks.Length; i++)
        {
            blocks[i].Value = (Half)values[i];
        }
    }
}
