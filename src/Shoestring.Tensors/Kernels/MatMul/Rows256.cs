using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Shoestring.Tensors;

/// <summary>Eight rows in a 256-bit register (AVX2). Signed weights give their sign to the activations (vpsignb).</summary>
internal unsafe readonly struct Rows256(Vector256<byte> value) : IRowLanes<Rows256>
{
    readonly Vector256<byte> v = value;

    public static int Rows => 8;

    public static int SignedOffset => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256 Load(byte* source) => new(Vector256.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256 Bytes(byte value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256 Spread(byte* source) => new(Vector256.Create(*(int*)source).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256 And(Rows256 a, Rows256 b) => new(a.v & b.v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256 Or(Rows256 a, Rows256 b) => new(a.v | b.v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256 ShiftRight(Rows256 a, int count) => new((a.v.AsUInt16() >> count).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256 ShiftLeft(Rows256 a, int count) => new((a.v.AsUInt16() << count).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256 Pairs(Rows256 unsigned, Rows256 signed) => new(Avx2.MultiplyAddAdjacent(unsigned.v, signed.v.AsSByte()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256 Add16(Rows256 a, Rows256 b) => new((a.v.AsInt16() + b.v.AsInt16()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256 Add32(Rows256 a, Rows256 b) => new((a.v.AsInt32() + b.v.AsInt32()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256 Widen(Rows256 pairs) => new(Avx2.MultiplyAddAdjacent(pairs.v.AsInt16(), Vector256.Create((short)1)).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256 SignedDot(Rows256 sum, Rows256 weights, Rows256 activations) => Add32(sum, Widen(Pairs(new(Avx2.Abs(weights.v.AsSByte())), new(Avx2.Sign(activations.v.AsSByte(), weights.v.AsSByte()).AsByte()))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256 ToFloat(Rows256 integers) => new(Avx.ConvertToVector256Single(integers.v.AsInt32()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256 Float(float value) => new(Vector256.Create(value).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256 LoadFloats(float* source) => new(Vector256.Load(source).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFloats(Rows256 value, float* destination) => value.v.AsSingle().Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256 LoadHalves(byte* source) => new(HalfBits.Convert(Avx2.ConvertToVector256Int32((short*)source)).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256 LoadBrainHalves(byte* source) => new((Avx2.ConvertToVector256Int32((ushort*)source).AsUInt32() << 16).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256 LoadBytes(byte* source) => new(Avx.ConvertToVector256Single(Avx2.ConvertToVector256Int32(source)).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256 LoadSignedBytes(byte* source) => new(Avx.ConvertToVector256Single(Avx2.ConvertToVector256Int32((sbyte*)source)).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256 Multiply(Rows256 a, Rows256 b) => new((a.v.AsSingle() * b.v.AsSingle()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256 MultiplyAdd(Rows256 a, Rows256 b, Rows256 c) => new(Fma.MultiplyAdd(a.v.AsSingle(), b.v.AsSingle(), c.v.AsSingle()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256 MultiplySubtract(Rows256 a, Rows256 b, Rows256 c) => new(Fma.MultiplyAddNegated(a.v.AsSingle(), b.v.AsSingle(), c.v.AsSingle()).AsByte());
}
