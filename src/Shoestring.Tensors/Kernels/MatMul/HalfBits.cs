using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Shoestring.Tensors;

/// <summary>
/// IEEE half precision to single by integer arithmetic, since .NET exposes no F16C: the 15 magnitude bits are moved into
/// place and the product with 2¹¹² mends the exponent, subnormals included. Infinities and NaNs, which no sound weight
/// has, come out as large finite numbers.
/// </summary>
internal static unsafe class HalfBits
{

    /// <summary>Widens 16 halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ToSingle16(byte* halves, float* singles)
    {
        (Vector256<uint> low, Vector256<uint> high) = Vector256.Widen(Vector256.Load((ushort*)halves));
        Convert(low).Store(singles);
        Convert(high).Store(singles + 8);
    }

    /// <summary>Eight halves, each in the low bits of a lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Convert(Vector256<uint> half)
    {
        Vector256<float> magnitude = ((half & Vector256.Create(0x7FFFu)) << 13).AsSingle() * Vector256.Create(5.192296858534828e+33f);
        return (magnitude.AsUInt32() | ((half & Vector256.Create(0x8000u)) << 16)).AsSingle();
    }

    /// <summary>One half.</summary>
    public static float ToSingle(ushort half)
    {
        float magnitude = BitConverter.UInt32BitsToSingle((half & 0x7FFFu) << 13) * 5.192296858534828e+33f;
        return BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(magnitude) | ((half & 0x8000u) << 16));
    }
}
