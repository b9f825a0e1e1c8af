using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Shoestring.Tensors;

public static partial class MachineProbe
{
    /// <summary>Chains of dependent multiply-adds: two units with a latency of four or five cycles want eight to ten.</summary>
    const int Accumulators = 10;

    const int Int8Accumulators = 8;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe long Read(byte* from, long bytes) => Vector512.IsHardwareAccelerated ? Read512(from, bytes) : Read256(from, bytes);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe long Read512(byte* from, long bytes)
    {
        Vector512<long> a = default, b = default, c = default, d = default;
        for (byte* end = from + bytes; from < end; from += 256)
        {
            a += Vector512.Load((long*)from);
            b += Vector512.Load((long*)(from + 64));
            c += Vector512.Load((long*)(from + 128));
            d += Vector512.Load((long*)(from + 192));
        }

        return Vector512.Sum(a + b + c + d);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe long Read256(byte* from, long bytes)
    {
        Vector256<long> a = default, b = default, c = default, d = default;
        for (byte* end = from + bytes; from < end; from += 128)
        {
            a += Vector256.Load((long*)from);
            b += Vector256.Load((long*)(from + 32));
            c += Vector256.Load((long*)(from + 64));
            d += Vector256.Load((long*)(from + 96));
        }

        return Vector256.Sum(a + b + c + d);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static long MultiplyAdd512(int rounds)
    {
        var x = Vector512.Create(0.999f);
        var y = Vector512.Create(0.001f);
        Vector512<float> a = y, b = y, c = y, d = y, e = y, f = y, g = y, h = y, i = y, j = y;
        for (int round = 0; round < rounds; round++)
        {
            a = Vector512.FusedMultiplyAdd(a, x, y);
            b = Vector512.FusedMultiplyAdd(b, x, y);
            c = Vector512.FusedMultiplyAdd(c, x, y);
            d = Vector512.FusedMultiplyAdd(d, x, y);
            e = Vector512.FusedMultiplyAdd(e, x, y);
            f = Vector512.FusedMultiplyAdd(f, x, y);
            g = Vector512.FusedMultiplyAdd(g, x, y);
            h = Vector512.FusedMultiplyAdd(h, x, y);
            i = Vector512.FusedMultiplyAdd(i, x, y);
            j = Vector512.FusedMultiplyAdd(j, x, y);
        }

        return (long)Vector512.Sum(a + b + c + d + e + f + g + h + i + j);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static long MultiplyAdd256(int rounds)
    {
        var x = Vector256.Create(0.999f);
        var y = Vector256.Create(0.001f);
        Vector256<float> a = y, b = y, c = y, d = y, e = y, f = y, g = y, h = y, i = y, j = y;
        for (int round = 0; round < rounds; round++)
        {
            a = Vector256.FusedMultiplyAdd(a, x, y);
            b = Vector256.FusedMultiplyAdd(b, x, y);
            c = Vector256.FusedMultiplyAdd(c, x, y);
            d = Vector256.FusedMultiplyAdd(d, x, y);
            e = Vector256.FusedMultiplyAdd(e, x, y);
            f = Vector256.FusedMultiplyAdd(f, x, y);
            g = Vector256.FusedMultiplyAdd(g, x, y);
            h = Vector256.FusedMultiplyAdd(h, x, y);
            i = Vector256.FusedMultiplyAdd(i, x, y);
            j = Vector256.FusedMultiplyAdd(j, x, y);
        }

        return (long)Vector256.Sum(a + b + c + d + e + f + g + h + i + j);
    }

    // The left operands come from a few cached bytes whose place changes, since the same product every time could be taken out
    // of the loop.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe long Int8With512(int rounds)
    {
        byte* operands = stackalloc byte[1024];
        new Span<byte>(operands, 1024).Fill(3);
        var y = Vector512.Create((sbyte)1);
        Vector512<short> a = default, b = default, c = default, d = default, e = default, f = default, g = default, h = default;
        for (int round = 0; round < rounds; round++)
        {
            byte* x = operands + ((round & 7) * 64);
            a = Avx512BW.Add(a, Avx512BW.MultiplyAddAdjacent(Vector512.Load(x), y));
            b = Avx512BW.Add(b, Avx512BW.MultiplyAddAdjacent(Vector512.Load(x + 64), y));
            c = Avx512BW.Add(c, Avx512BW.MultiplyAddAdjacent(Vector512.Load(x + 128), y));
            d = Avx512BW.Add(d, Avx512BW.MultiplyAddAdjacent(Vector512.Load(x + 192), y));
            e = Avx512BW.Add(e, Avx512BW.MultiplyAddAdjacent(Vector512.Load(x + 256), y));
            f = Avx512BW.Add(f, Avx512BW.MultiplyAddAdjacent(Vector512.Load(x + 320), y));
            g = Avx512BW.Add(g, Avx512BW.MultiplyAddAdjacent(Vector512.Load(x + 384), y));
            h = Avx512BW.Add(h, Avx512BW.MultiplyAddAdjacent(Vector512.Load(x + 448), y));
        }

        return Vector512.Sum(a + b + c + d + e + f + g + h);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe long Int8With256(int rounds)
    {
        byte* operands = stackalloc byte[512];
        new Span<byte>(operands, 512).Fill(3);
        var y = Vector256.Create((sbyte)1);
        Vector256<short> a = default, b = default, c = default, d = default, e = default, f = default, g = default, h = default;
        for (int round = 0; round < rounds; round++)
        {
            byte* x = operands + ((round & 7) * 32);
            a = Avx2.Add(a, Avx2.MultiplyAddAdjacent(Vector256.Load(x), y));
            b = Avx2.Add(b, Avx2.MultiplyAddAdjacent(Vector256.Load(x + 32), y));
            c = Avx2.Add(c, Avx2.MultiplyAddAdjacent(Vector256.Load(x + 64), y));
            d = Avx2.Add(d, Avx2.MultiplyAddAdjacent(Vector256.Load(x + 96), y));
            e = Avx2.Add(e, Avx2.MultiplyAddAdjacent(Vector256.Load(x + 128), y));
            f = Avx2.Add(f, Avx2.MultiplyAddAdjacent(Vector256.Load(x + 160), y));
            g = Avx2.Add(g, Avx2.MultiplyAddAdjacent(Vector256.Load(x + 192), y));
            h = Avx2.Add(h, Avx2.MultiplyAddAdjacent(Vector256.Load(x + 224), y));
        }

        return Vector256.Sum(a + b + c + d + e + f + g + h);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe long Int8WithDotProduct(int rounds)
    {
        sbyte* operands = stackalloc sbyte[256];
        new Span<sbyte>(operands, 256).Fill(3);
        var y = Vector128.Create((sbyte)1);
        Vector128<int> a = default, b = default, c = default, d = default, e = default, f = default, g = default, h = default;
        for (int round = 0; round < rounds; round++)
        {
            sbyte* x = operands + ((round & 7) * 16);
            a = Dp.DotProduct(a, Vector128.Load(x), y);
            b = Dp.DotProduct(b, Vector128.Load(x + 16), y);
            c = Dp.DotProduct(c, Vector128.Load(x + 32), y);
            d = Dp.DotProduct(d, Vector128.Load(x + 48), y);
            e = Dp.DotProduct(e, Vector128.Load(x + 64), y);
            f = Dp.DotProduct(f, Vector128.Load(x + 80), y);
            g = Dp.DotProduct(g, Vector128.Load(x + 96), y);
            h = Dp.DotProduct(h, Vector128.Load(x + 112), y);
        }

        return Vector128.Sum(a + b + c + d + e + f + g + h);
    }
}
