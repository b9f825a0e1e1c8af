using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Shoestring.Tensors;

/// <summary>Sixteen rows in two 256-bit registers (AVX2). Signed weights give their sign to the activations (vpsignb).</summary>
internal unsafe readonly struct Rows256(Vector256<byte> low, Vector256<byte> high) : IRowLanes<Rows256>
{
    readonly Vector256<byte> low = low, high = high;

    public static int SignedOffset => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256 Load(byte* source) => new(Vector256.Load(source), Vector256.Load(source + 32));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256 Bytes(byte value) => Both(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256 Spread(byte* source) => Both(Vector256.Create(*(int*)source).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256 And(Rows256 a, Rows256 b) => new(a.low & b.low, a.high & b.high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256 Or(Rows256 a, Rows256 b) => new(a.low | b.low, a.high | b.high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256 ShiftRight(Rows256 a, int count) => new((a.low.AsUInt16() >> count).AsByte(), (a.high.AsUInt16() >> count).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256 ShiftLeft(Rows256 a, int count) => new((a.low.AsUInt16() << count).AsByte(), (a.high.AsUInt16() << count).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256 Pairs(Rows256 unsigned, Rows256 signed) =>
        new(Avx2.MultiplyAddAdjacent(unsigned.low, signed.low.AsSByte()).AsByte(), Avx2.MultiplyAddAdjacent(unsigned.high, signed.high.AsSByte()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256 Add16(Rows256 a, Rows256 b) => new((a.low.AsInt16() + b.low.AsInt16()).AsByte(), (a.high.AsInt16() + b.high.AsInt16()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256 Subtract16(Rows256 a, Rows256 b) => new((a.low.AsInt16() - b.low.AsInt16()).AsByte(), (a.high.AsInt16() - b.high.AsInt16()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256 SpreadEight(byte* source) => Both(Vector256.Create(*(long*)source).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256 Select(Rows256 eight, Rows256 indices) => new(Avx2.Shuffle(eight.low, indices.low), Avx2.Shuffle(eight.high, indices.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256 SignedPairs(Rows256 weights, Rows256 activations) => new(SignedPairs(weights.low.AsSByte(), activations.low.AsSByte()), SignedPairs(weights.high.AsSByte(), activations.high.AsSByte()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<byte> SignedPairs(Vector256<sbyte> weights, Vector256<sbyte> activations) =>
        Avx2.MultiplyAddAdjacent(Avx2.Abs(weights), Avx2.Sign(activations, weights)).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256 Add32(Rows256 a, Rows256 b) => new((a.low.AsInt32() + b.low.AsInt32()).AsByte(), (a.high.AsInt32() + b.high.AsInt32()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256 Widen(Rows256 pairs) =>
        new(Avx2.MultiplyAddAdjacent(pairs.low.AsInt16(), Vector256.Create((short)1)).AsByte(), Avx2.MultiplyAddAdjacent(pairs.high.AsInt16(), Vector256.Create((short)1)).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256 SignedDot(byte* weights, byte* activations) => new(HalfDot(weights, activations), HalfDot(weights + 32, activations));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<byte> HalfDot(byte* weights, byte* activations)
    {
        Vector256<int> even = SignedQuad(weights, activations, 0), odd = SignedQuad(weights, activations, 1);
        even += SignedQuad(weights, activations, 2);
        odd += SignedQuad(weights, activations, 3);
        even += SignedQuad(weights, activations, 4);
        odd += SignedQuad(weights, activations, 5);
        even += SignedQuad(weights, activations, 6);
        odd += SignedQuad(weights, activations, 7);
        return (even + odd).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<int> SignedQuad(byte* weights, byte* activations, int quad)
    {
        Vector256<sbyte> w = Vector256.Load((sbyte*)weights + quad * 64), x = Vector256.Create(((int*)activations)[quad]).AsSByte();
        return Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(Avx2.Abs(w), Avx2.Sign(x, w)), Vector256.Create((short)1));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256 ToFloat(Rows256 integers) => new(Avx.ConvertToVector256Single(integers.low.AsInt32()).AsByte(), Avx.ConvertToVector256Single(integers.high.AsInt32()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256 Float(float value) => Both(Vector256.Create(value).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFloats(Rows256 value, float* destination)
    {
        value.low.AsSingle().Store(destination);
        value.high.AsSingle().Store(destination + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256 LoadHalves(byte* source) => new(Halves(source), Halves(source + 16));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256 LoadBrainHalves(byte* source) => new(BrainHalves(source), BrainHalves(source + 16));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256 LoadBytes(byte* source) =>
        new(Avx.ConvertToVector256Single(Avx2.ConvertToVector256Int32(source)).AsByte(), Avx.ConvertToVector256Single(Avx2.ConvertToVector256Int32(source + 8)).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256 LoadSignedBytes(byte* source) =>
        new(Avx.ConvertToVector256Single(Avx2.ConvertToVector256Int32((sbyte*)source)).AsByte(), Avx.ConvertToVector256Single(Avx2.ConvertToVector256Int32((sbyte*)source + 8)).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256 Multiply(Rows256 a, Rows256 b) => new((a.low.AsSingle() * b.low.AsSingle()).AsByte(), (a.high.AsSingle() * b.high.AsSingle()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256 MultiplyAdd(Rows256 a, Rows256 b, Rows256 c) =>
        new(Fma.MultiplyAdd(a.low.AsSingle(), b.low.AsSingle(), c.low.AsSingle()).AsByte(), Fma.MultiplyAdd(a.high.AsSingle(), b.high.AsSingle(), c.high.AsSingle()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Rows256 MultiplySubtract(Rows256 a, Rows256 b, Rows256 c) =>
        new(Fma.MultiplyAddNegated(a.low.AsSingle(), b.low.AsSingle(), c.low.AsSingle()).AsByte(), Fma.MultiplyAddNegated(a.high.AsSingle(), b.high.AsSingle(), c.high.AsSingle()).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Rows256 Both(Vector256<byte> value) => new(value, value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<byte> Halves(byte* source) => HalfBits.Convert(Avx2.ConvertToVector256Int32((short*)source)).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<byte> BrainHalves(byte* source) => (Avx2.ConvertToVector256Int32((ushort*)source) << 16).AsByte();
}
