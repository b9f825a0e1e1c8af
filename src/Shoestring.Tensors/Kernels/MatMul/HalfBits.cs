using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Shoestring.Tensors;

/// <summary>
/// IEEE half precision to single by integer arithmetic, since .NET exposes no F16C: exponent and mantissa are moved into
/// place beside the sign and the product with 2¹¹² mends the exponent, subnormals included. Infinities and NaNs, which no sound weight
/// has, come out as large finite numbers.
/// </summary>
internal static unsafe class HalfBits
{

    /// <summary>Widens 16 halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ToSingle16(byte* halves, float* singles)
    {
        (Vector256<int> low, Vector256<int> high) = Vector256.Widen(Vector256.Load((short*)halves));
        Convert(low).Store(singles);
        Convert(high).Store(singles + 8);
    }

    /// <summary>
    /// Eight halves, sign-extended: shifted by 13, sign and copies of it stand above the exponent, the mask leaves the
    /// topmost.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Convert(Vector256<int> half) =>
        ((half << 13) & Vector256.Create(unchecked((int)0x8FFFE000))).AsSingle() * Vector256.Create(5.192296858534828e+33f);

    /// <summary>Sixteen halves, sign-extended.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Convert(Vector512<int> half) =>
        ((half << 13) & Vector512.Create(unchecked((int)0x8FFFE000))).AsSingle() * Vector512.Create(5.192296858534828e+33f);

    /// <summary>One half.</summary>
    public static float ToSingle(ushort half)
    {
        float magnitude = BitConverter.UInt32BitsToSingle((half & 0x7FFFu) << 13) * 5.192296858534828e+33f;
        return BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(magnitude) | ((half & 0x8000u) << 16));
    }

    /// <summary>
    /// Narrows 16 floats to halves, to nearest even, as a processor would: too large becomes infinity, too small a subnormal
    /// or zero, NaN stays NaN.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FromSingle16(float* singles, ushort* halves) =>
        Vector256.Narrow(Narrow(Vector256.Load(singles)), Narrow(Vector256.Load(singles + 8))).Store(halves);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<uint> Narrow(Vector256<float> single)
    {
        Vector256<uint> bits = single.AsUInt32(), sign = bits & Vector256.Create(0x80000000u), magnitude = bits ^ sign;
        // Normal: the exponent is rebased by −112 and 13 bits are rounded off, half to even.
        Vector256<uint> odd = (magnitude >> 13) & Vector256.Create(1u);
        Vector256<uint> normal = (magnitude + Vector256.Create(0xC8000FFFu) + odd) >> 13;
        // Subnormal: adding ½ lets the adder round at the right bit.
        Vector256<uint> half = Vector256.Create(0x3F000000u);
        Vector256<uint> subnormal = (magnitude.AsSingle() + half.AsSingle()).AsUInt32() - half;
        Vector256<uint> special = Vector256.ConditionalSelect(
            Vector256.GreaterThan(magnitude.AsInt32(), Vector256.Create(0x7F800000)).AsUInt32(), Vector256.Create(0x7E00u), Vector256.Create(0x7C00u));
        Vector256<uint> result = Vector256.ConditionalSelect(
            Vector256.LessThan(magnitude.AsInt32(), Vector256.Create(0x38800000)).AsUInt32(), subnormal, normal);
        result = Vector256.ConditionalSelect(Vector256.LessThan(magnitude.AsInt32(), Vector256.Create(0x47800000)).AsUInt32(), result, special);
        return result | (sign >> 16);
    }
}
