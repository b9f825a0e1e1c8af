using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Shoestring.Tensors;

/// <summary>A float format as the float kernels see it.</summary>
internal unsafe interface IFloatDecoder
{
    /// <summary>
    /// Channels [<paramref name="first"/>, +<paramref name="count"/>) of a group as floats <c>[channel][row of 16]</c>, in
    /// place or in <paramref name="scratch"/>.
    /// </summary>
    static abstract float* Decode(byte* group, int first, int count, float* scratch);
}

internal unsafe struct F32Tile : IFloatDecoder
{
    public static float* Decode(byte* group, int first, int count, float* scratch) => (float*)group + first * PackedLayout.GroupRows;
}

internal unsafe struct F16Tile : IFloatDecoder
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float* Decode(byte* group, int first, int count, float* scratch)
    {
        byte* source = group + first * PackedLayout.GroupRows * 2;
        for (int k = 0; k < count; k++)
        {
            HalfBits.ToSingle16(source + k * 32, scratch + k * PackedLayout.GroupRows);
        }
        return scratch;
    }
}

internal unsafe struct BF16Tile : IFloatDecoder
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float* Decode(byte* group, int first, int count, float* scratch)
    {
        ushort* source = (ushort*)group + first * PackedLayout.GroupRows;
        for (int i = 0; i < count * PackedLayout.GroupRows; i += 16)
        {
            (Vector256<uint> low, Vector256<uint> high) = Vector256.Widen(Vector256.Load(source + i));
            (low << 16).AsSingle().Store(scratch + i);
            (high << 16).AsSingle().Store(scratch + i + 8);
        }
        return scratch;
    }
}
