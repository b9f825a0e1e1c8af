using System.Runtime.InteropServices;

namespace Shoestring.Tensors;

/// <summary>One IEEE 754 single.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public struct BlockF32 : IEncodableBlockFormat<BlockF32>
{
    /// <summary>The value.</summary>
    public float Value;

    /// <inheritdoc/>
    public static TensorFormat Format => TensorFormat.F32;

    /// <inheritdoc/>
    public static int Elements => 1;

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<BlockF32> blocks, Span<float> values) =>
        MemoryMarshal.Cast<BlockF32, float>(blocks).CopyTo(values);

    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, Span<BlockF32> blocks) =>
        values[..blocks.Length].CopyTo(MemoryMarshal.Cast<BlockF32, float>(blocks));
}
