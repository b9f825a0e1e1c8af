using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Shoestring.Tensors;

/// <summary>Eight rows in a 256-bit register, byte products by AVX-VNNI.</summary>
internal unsafe readonly struct Rows256Vnni(Vector256<byte> value) : IRowLanes<Rows256Vnni>
{
    readonly Vector256<byte> v = value;

    public static int Rows => 8;

    public static int SignedOffset => 128;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256Vnni Load(byte* source) => new(Vector256.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256Vnni Bytes(byte value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256Vnni Spread(byte* source) => new(Vector256.Create(*(int*)source).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256Vnni And(Rows256Vnni a, Rows256Vnni b) => new(a.v & b.v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256Vnni Or(Rows256Vnni a, Rows256Vnni b) => new(a.v | b.v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256Vnni ShiftRight(Rows256Vnni a, int count) => new((a.v.AsUInt16() >> count).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256Vnni ShiftLeft(Rows256Vnni a, int count) => new((a.v.AsUInt16() << count).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256Vnni Pairs(Rows256Vnni unsigned, Rows256Vnni signed) => new(Avx2.MultiplyAddAdjacent(unsigned.v, signed.v.AsSByte()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256Vnni Add16(Rows256Vnni a, Rows256Vnni b) => new((a.v.AsInt16() + b.v.AsInt16()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256Vnni Add32(Rows256Vnni a, Rows256Vnni b) => new((a.v.AsInt32() + b.v.AsInt32()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256Vnni Widen(Rows256Vnni pairs) => new(Avx2.MultiplyAddAdjacent(pairs.v.AsInt16(), Vector256.Create((short)1)).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256Vnni SignedDot(Rows256Vnni sum, Rows256Vnni weights, Rows256Vnni activations) => new(AvxVnni.MultiplyWideningAndAdd(sum.v.AsInt32(), weights.v ^ Vector256.Create((byte)0x80), activations.v.AsSByte()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256Vnni ToFloat(Rows256Vnni integers) => new(Avx.ConvertToVector256Single(integers.v.AsInt32()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256Vnni Float(float value) => new(Vector256.Create(value).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256Vnni LoadFloats(float* source) => new(Vector256.Load(source).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFloats(Rows256Vnni value, float* destination) => value.v.AsSingle().Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256Vnni LoadHalves(byte* source) => new(HalfBits.Convert(Avx2.ConvertToVector256Int32((short*)source)).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256Vnni LoadBrainHalves(byte* source) => new((Avx2.ConvertToVector256Int32((ushort*)source).AsUInt32() << 16).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256Vnni LoadBytes(byte* source) => new(Avx.ConvertToVector256Single(Avx2.ConvertToVector256Int32(source)).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256Vnni LoadSignedBytes(byte* source) => new(Avx.ConvertToVector256Single(Avx2.ConvertToVector256Int32((sbyte*)source)).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256Vnni Multiply(Rows256Vnni a, Rows256Vnni b) => new((a.v.AsSingle() * b.v.AsSingle()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256Vnni MultiplyAdd(Rows256Vnni a, Rows256Vnni b, Rows256Vnni c) => new(Fma.MultiplyAdd(a.v.AsSingle(), b.v.AsSingle(), c.v.AsSingle()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256Vnni MultiplySubtract(Rows256Vnni a, Rows256Vnni b, Rows256Vnni c) => new(Fma.MultiplyAddNegated(a.v.AsSingle(), b.v.AsSingle(), c.v.AsSingle()).AsByte());
}
