using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Shoestring.Tensors;

/// <summary>Sixteen rows in a 512-bit register (AVX-512 BW). Signed weights are multiplied as two nibbles: .NET 10 has no 512-bit VNNI.</summary>
internal unsafe readonly struct Rows512(Vector512<byte> value) : IRowLanes<Rows512>
{
    readonly Vector512<byte> v = value;

    public static int SignedOffset => 128;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows512 Load(byte* source) => new(Vector512.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows512 Bytes(byte value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows512 Spread(byte* source) => new(Vector512.Create(*(int*)source).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows512 And(Rows512 a, Rows512 b) => new(a.v & b.v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows512 Or(Rows512 a, Rows512 b) => new(a.v | b.v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows512 ShiftRight(Rows512 a, int count) => new((a.v.AsUInt16() >> count).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows512 ShiftLeft(Rows512 a, int count) => new((a.v.AsUInt16() << count).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows512 Pairs(Rows512 unsigned, Rows512 signed) => new(Avx512BW.MultiplyAddAdjacent(unsigned.v, signed.v.AsSByte()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows512 Add16(Rows512 a, Rows512 b) => new((a.v.AsInt16() + b.v.AsInt16()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows512 Subtract16(Rows512 a, Rows512 b) => new((a.v.AsInt16() - b.v.AsInt16()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows512 SpreadEight(byte* source) => new(Vector512.Create(*(long*)source).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows512 Select(Rows512 eight, Rows512 indices) => new(Avx512BW.Shuffle(eight.v, indices.v));

    /// <summary>There is no 512-bit vpsignb: activations of negative weights are turned by a mask.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows512 SignedPairs(Rows512 weights, Rows512 activations)
    {
        Vector512<sbyte> w = weights.v.AsSByte(), x = activations.v.AsSByte();
        return new(Avx512BW.MultiplyAddAdjacent(Avx512BW.Abs(w), Vector512.ConditionalSelect(Vector512.LessThan(w, Vector512<sbyte>.Zero), -x, x)).AsByte());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows512 Add32(Rows512 a, Rows512 b) => new((a.v.AsInt32() + b.v.AsInt32()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows512 Widen(Rows512 pairs) => new(Avx512BW.MultiplyAddAdjacent(pairs.v.AsInt16(), Vector512.Create((short)1)).AsByte());

    /// <summary>Both nibbles stay in 16 bits over the whole block: 8 pairs of 15 · 127.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows512 SignedDot(byte* weights, byte* activations)
    {
        Vector512<short> low = Vector512<short>.Zero, high = low;
        Nibbles(weights, activations, 0, ref low, ref high);
        Nibbles(weights, activations, 1, ref low, ref high);
        Nibbles(weights, activations, 2, ref low, ref high);
        Nibbles(weights, activations, 3, ref low, ref high);
        Nibbles(weights, activations, 4, ref low, ref high);
        Nibbles(weights, activations, 5, ref low, ref high);
        Nibbles(weights, activations, 6, ref low, ref high);
        Nibbles(weights, activations, 7, ref low, ref high);
        return new((Avx512BW.MultiplyAddAdjacent(low, Vector512.Create((short)1)) + Avx512BW.MultiplyAddAdjacent(high, Vector512.Create((short)16))).AsByte());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Nibbles(byte* weights, byte* activations, int quad, ref Vector512<short> low, ref Vector512<short> high)
    {
        Vector512<byte> nibble = Vector512.Create((byte)15), w = Vector512.Load(weights + quad * 64) ^ Vector512.Create((byte)0x80);
        Vector512<sbyte> x = Vector512.Create(((int*)activations)[quad]).AsSByte();
        low += Avx512BW.MultiplyAddAdjacent(w & nibble, x);
        high += Avx512BW.MultiplyAddAdjacent((w.AsUInt16() >> 4).AsByte() & nibble, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows512 ToFloat(Rows512 integers) => new(Avx512F.ConvertToVector512Single(integers.v.AsInt32()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows512 Float(float value) => new(Vector512.Create(value).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFloats(Rows512 value, float* destination) => value.v.AsSingle().Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows512 LoadHalves(byte* source) => new(HalfBits.Convert(Avx512F.ConvertToVector512Int32(Vector256.Load((short*)source))).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows512 LoadBrainHalves(byte* source) => new((Avx512F.ConvertToVector512UInt32(Vector256.Load((ushort*)source)) << 16).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows512 LoadBytes(byte* source) => new(Avx512F.ConvertToVector512Single(Avx512F.ConvertToVector512Int32(Vector128.Load(source))).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows512 LoadSignedBytes(byte* source) => new(Avx512F.ConvertToVector512Single(Avx512F.ConvertToVector512Int32(Vector128.Load((sbyte*)source))).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows512 Multiply(Rows512 a, Rows512 b) => new((a.v.AsSingle() * b.v.AsSingle()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows512 MultiplyAdd(Rows512 a, Rows512 b, Rows512 c) => new(Avx512F.FusedMultiplyAdd(a.v.AsSingle(), b.v.AsSingle(), c.v.AsSingle()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows512 MultiplySubtract(Rows512 a, Rows512 b, Rows512 c) => new(Avx512F.FusedMultiplyAddNegated(a.v.AsSingle(), b.v.AsSingle(), c.v.AsSingle()).AsByte());
}
