using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Shoestring.Tensors;

/// <summary>
/// Sixteen floats, whatever registers the processor has for them. A kernel written once over this gives the same bits on
/// every path: all operations are lane by lane, and reductions go through <see cref="Reduce"/>'s one order.
/// </summary>
internal unsafe interface ILanes<TSelf> where TSelf : struct, ILanes<TSelf>
{
    static abstract TSelf Load(float* source);

    /// <summary>Widens 16 halves.</summary>
    static abstract TSelf LoadHalf(ushort* source);

    /// <summary>Sixteen whole numbers from 0 to 255.</summary>
    static abstract TSelf FromBytes(Vector128<byte> values);

    static abstract TSelf Create(float value);

    static abstract void Store(TSelf value, float* destination);

    /// <summary>a · b + c, rounded once.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);

    static abstract TSelf Multiply(TSelf a, TSelf b);

    static abstract TSelf Add(TSelf a, TSelf b);

    static abstract TSelf Subtract(TSelf a, TSelf b);

    static abstract TSelf Divide(TSelf a, TSelf b);

    /// <summary>The larger, as the processor's one instruction has it: where one is not a number, either.</summary>
    static abstract TSelf Max(TSelf a, TSelf b);

    static abstract TSelf Exp(TSelf x);
}

/// <summary>Two 256-bit registers; without AVX the runtime lowers them to what there is.</summary>
internal unsafe readonly struct Lanes256(Vector256<float> low, Vector256<float> high) : ILanes<Lanes256>
{
    readonly Vector256<float> low = low, high = high;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Load(float* source) => new(Vector256.Load(source), Vector256.Load(source + 8));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 LoadHalf(ushort* source)
    {
        (Vector256<int> a, Vector256<int> b) = Vector256.Widen(Vector256.Load((short*)source));
        return new(HalfBits.Convert(a), HalfBits.Convert(b));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 FromBytes(Vector128<byte> values)
    {
        if (Avx2.IsSupported)
        {
            return new(
                Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32(values)),
                Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32(Sse2.ShiftRightLogical128BitLane(values, 8))));
        }
        (Vector128<ushort> low, Vector128<ushort> high) = Vector128.Widen(values);
        (Vector128<uint> a, Vector128<uint> b) = Vector128.Widen(low);
        (Vector128<uint> c, Vector128<uint> d) = Vector128.Widen(high);
        return new(Vector256.ConvertToSingle(Vector256.Create(a, b).AsInt32()), Vector256.ConvertToSingle(Vector256.Create(c, d).AsInt32()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Create(float value) => new(Vector256.Create(value), Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes256 value, float* destination)
    {
        value.low.Store(destination);
        value.high.Store(destination + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 MultiplyAdd(Lanes256 a, Lanes256 b, Lanes256 c) =>
        new(Vector256.FusedMultiplyAdd(a.low, b.low, c.low), Vector256.FusedMultiplyAdd(a.high, b.high, c.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Multiply(Lanes256 a, Lanes256 b) => new(a.low * b.low, a.high * b.high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Add(Lanes256 a, Lanes256 b) => new(a.low + b.low, a.high + b.high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Subtract(Lanes256 a, Lanes256 b) => new(a.low - b.low, a.high - b.high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Divide(Lanes256 a, Lanes256 b) => new(a.low / b.low, a.high / b.high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Max(Lanes256 a, Lanes256 b) => new(Vector256.MaxNative(a.low, b.low), Vector256.MaxNative(a.high, b.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Exp(Lanes256 x) => new(VectorMath.Exp(x.low), VectorMath.Exp(x.high));
}

/// <summary>One 512-bit register.</summary>
internal unsafe readonly struct Lanes512(Vector512<float> value) : ILanes<Lanes512>
{
    readonly Vector512<float> value = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Load(float* source) => new(Vector512.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 LoadHalf(ushort* source) =>
        new(HalfBits.Convert(Avx512F.ConvertToVector512Int32(Vector256.Load((short*)source))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 FromBytes(Vector128<byte> values) => new(Vector512.ConvertToSingle(Avx512F.ConvertToVector512Int32(values)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Create(float value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes512 value, float* destination) => value.value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 MultiplyAdd(Lanes512 a, Lanes512 b, Lanes512 c) => new(Vector512.FusedMultiplyAdd(a.value, b.value, c.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Multiply(Lanes512 a, Lanes512 b) => new(a.value * b.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Add(Lanes512 a, Lanes512 b) => new(a.value + b.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Subtract(Lanes512 a, Lanes512 b) => new(a.value - b.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Divide(Lanes512 a, Lanes512 b) => new(a.value / b.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Max(Lanes512 a, Lanes512 b) => new(Vector512.MaxNative(a.value, b.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Exp(Lanes512 x) => new(VectorMath.Exp(x.value));
}

/// <summary>Sums and maxima across 16 lanes, always in the same tree.</summary>
internal static unsafe class Reduce
{
    /// <summary>Sum of the lanes: (i, i+8), (i, i+4), (i, i+2), (i, i+1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum<TLanes>(TLanes lanes) where TLanes : struct, ILanes<TLanes>
    {
        float* v = stackalloc float[16];
        TLanes.Store(lanes, v);
        Vector128<float> a = (Vector128.Load(v) + Vector128.Load(v + 8)) + (Vector128.Load(v + 4) + Vector128.Load(v + 12));
        return (a[0] + a[2]) + (a[1] + a[3]);
    }

    /// <summary>Largest lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Max<TLanes>(TLanes lanes) where TLanes : struct, ILanes<TLanes>
    {
        float* v = stackalloc float[16];
        TLanes.Store(lanes, v);
        Vector128<float> a = Vector128.Max(Vector128.Max(Vector128.Load(v), Vector128.Load(v + 8)), Vector128.Max(Vector128.Load(v + 4), Vector128.Load(v + 12)));
        return MathF.Max(MathF.Max(a[0], a[2]), MathF.Max(a[1], a[3]));
    }
}
