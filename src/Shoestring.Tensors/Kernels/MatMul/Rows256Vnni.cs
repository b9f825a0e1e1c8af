using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Shoestring.Tensors;

/// <summary>Sixteen rows in two 256-bit registers, signed weights multiplied by AVX-VNNI.</summary>
internal unsafe readonly struct Rows256Vnni(Vector256<byte> low, Vector256<byte> high) : IRowLanes<Rows256Vnni>
{
    readonly Vector256<byte> low = low, high = high;

    public static int SignedOffset => 128;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256Vnni Load(byte* source) => new(Vector256.Load(source), Vector256.Load(source + 32));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256Vnni Bytes(byte value) => Both(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256Vnni Spread(byte* source) => Both(Vector256.Create(*(int*)source).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256Vnni And(Rows256Vnni a, Rows256Vnni b) => new(a.low & b.low, a.high & b.high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256Vnni Or(Rows256Vnni a, Rows256Vnni b) => new(a.low | b.low, a.high | b.high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256Vnni ShiftRight(Rows256Vnni a, int count) => new((a.low.AsUInt16() >> count).AsByte(), (a.high.AsUInt16() >> count).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256Vnni ShiftLeft(Rows256Vnni a, int count) => new((a.low.AsUInt16() << count).AsByte(), (a.high.AsUInt16() << count).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256Vnni Pairs(Rows256Vnni unsigned, Rows256Vnni signed) =>
        new(Avx2.MultiplyAddAdjacent(unsigned.low, signed.low.AsSByte()).AsByte(), Avx2.MultiplyAddAdjacent(unsigned.high, signed.high.AsSByte()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256Vnni Add16(Rows256Vnni a, Rows256Vnni b) => new((a.low.AsInt16() + b.low.AsInt16()).AsByte(), (a.high.AsInt16() + b.high.AsInt16()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256Vnni Subtract16(Rows256Vnni a, Rows256Vnni b) => new((a.low.AsInt16() - b.low.AsInt16()).AsByte(), (a.high.AsInt16() - b.high.AsInt16()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256Vnni SpreadEight(byte* source) => Both(Vector256.Create(*(long*)source).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256Vnni Select(Rows256Vnni eight, Rows256Vnni indices) => new(Avx2.Shuffle(eight.low, indices.low), Avx2.Shuffle(eight.high, indices.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256Vnni SignedPairs(Rows256Vnni weights, Rows256Vnni activations) => new(SignedPairs(weights.low.AsSByte(), activations.low.AsSByte()), SignedPairs(weights.high.AsSByte(), activations.high.AsSByte()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<byte> SignedPairs(Vector256<sbyte> weights, Vector256<sbyte> activations) =>
        Avx2.MultiplyAddAdjacent(Avx2.Abs(weights), Avx2.Sign(activations, weights)).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256Vnni Add32(Rows256Vnni a, Rows256Vnni b) => new((a.low.AsInt32() + b.low.AsInt32()).AsByte(), (a.high.AsInt32() + b.high.AsInt32()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256Vnni Widen(Rows256Vnni pairs) =>
        new(Avx2.MultiplyAddAdjacent(pairs.low.AsInt16(), Vector256.Create((short)1)).AsByte(), Avx2.MultiplyAddAdjacent(pairs.high.AsInt16(), Vector256.Create((short)1)).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256Vnni SignedDot(byte* weights, byte* activations) => new(HalfDot(weights, activations), HalfDot(weights + 32, activations));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<byte> HalfDot(byte* weights, byte* activations)
    {
        Vector256<int> even = SignedQuad(Vector256<int>.Zero, weights, activations, 0), odd = SignedQuad(Vector256<int>.Zero, weights, activations, 1);
        even = SignedQuad(even, weights, activations, 2);
        odd = SignedQuad(odd, weights, activations, 3);
        even = SignedQuad(even, weights, activations, 4);
        odd = SignedQuad(odd, weights, activations, 5);
        even = SignedQuad(even, weights, activations, 6);
        odd = SignedQuad(odd, weights, activations, 7);
        return (even + odd).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<int> SignedQuad(Vector256<int> sum, byte* weights, byte* activations, int quad) =>
        AvxVnni.MultiplyWideningAndAdd(sum, Vector256.Load(weights + quad * 64) ^ Vector256.Create((byte)0x80), Vector256.Create(((int*)activations)[quad]).AsSByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256Vnni ToFloat(Rows256Vnni integers) => new(Avx.ConvertToVector256Single(integers.low.AsInt32()).AsByte(), Avx.ConvertToVector256Single(integers.high.AsInt32()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256Vnni Float(float value) => Both(Vector256.Create(value).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFloats(Rows256Vnni value, float* destination)
    {
        value.low.AsSingle().Store(destination);
        value.high.AsSingle().Store(destination + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256Vnni LoadHalves(byte* source) => new(Halves(source), Halves(source + 16));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256Vnni LoadBrainHalves(byte* source) => new(BrainHalves(source), BrainHalves(source + 16));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256Vnni LoadBytes(byte* source) =>
        new(Avx.ConvertToVector256Single(Avx2.ConvertToVector256Int32(source)).AsByte(), Avx.ConvertToVector256Single(Avx2.ConvertToVector256Int32(source + 8)).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256Vnni LoadSignedBytes(byte* source) =>
        new(Avx.ConvertToVector256Single(Avx2.ConvertToVector256Int32((sbyte*)source)).AsByte(), Avx.ConvertToVector256Single(Avx2.ConvertToVector256Int32((sbyte*)source + 8)).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256Vnni Multiply(Rows256Vnni a, Rows256Vnni b) => new((a.low.AsSingle() * b.low.AsSingle()).AsByte(), (a.high.AsSingle() * b.high.AsSingle()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256Vnni MultiplyAdd(Rows256Vnni a, Rows256Vnni b, Rows256Vnni c) =>
        new(Fma.MultiplyAdd(a.low.AsSingle(), b.low.AsSingle(), c.low.AsSingle()).AsByte(), Fma.MultiplyAdd(a.high.AsSingle(), b.high.AsSingle(), c.high.AsSingle()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256Vnni MultiplySubtract(Rows256Vnni a, Rows256Vnni b, Rows256Vnni c) =>
        new(Fma.MultiplyAddNegated(a.low.AsSingle(), b.low.AsSingle(), c.low.AsSingle()).AsByte(), Fma.MultiplyAddNegated(a.high.AsSingle(), b.high.AsSingle(), c.high.AsSingle()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Rows256Vnni Both(Vector256<byte> value) => new(value, value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<byte> Halves(byte* source) => HalfBits.Convert(Avx2.ConvertToVector256Int32((short*)source)).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<byte> BrainHalves(byte* source) => (Avx2.ConvertToVector256Int32((ushort*)source) << 16).AsByte();
}
