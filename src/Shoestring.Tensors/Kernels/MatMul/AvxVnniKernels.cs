using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Shoestring.Tensors;

/// <summary>
/// The 256-bit byte products of AVX-VNNI (vpdpbusd): four unsigned × signed products into a 32-bit lane in one
/// instruction, whatever the weights' largest byte. Lanes as in <see cref="Avx2Kernels"/>, whose float kernel it shares.
/// </summary>
internal unsafe struct AvxVnniKernels : IIntegerKernel, IFloatKernel
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(float* weights, int channels, float* activations, int rows, float* sums) =>
        Avx2Kernels.Multiply(weights, channels, activations, rows, sums);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply<TDecoder>(Tile tile, int blocks, byte* records, int rows, float* sums) where TDecoder : struct, ITileDecoder
    {
        int t = 0;
        for (; t + 4 <= rows; t += 4)
        {
            Four<TDecoder>(tile, blocks, records + t * PackedActivations.RecordBytes, sums + t * 16);
        }
        for (; t < rows; t++)
        {
            One<TDecoder>(tile, blocks, records + t * PackedActivations.RecordBytes, sums + t * 16);
        }
    }

    /// <summary>Four rows by both halves of the group, so that each broadcast of activations serves two products.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Four<TDecoder>(Tile tile, int blocks, byte* x0, float* sums) where TDecoder : struct, ITileDecoder
    {
        int quads = TDecoder.SubBlock / 4, subBlocks = blocks * 8 / quads;
        byte* x1 = x0 + PackedActivations.RecordBytes, x2 = x1 + PackedActivations.RecordBytes, x3 = x2 + PackedActivations.RecordBytes;
        Vector256<float> s0 = Vector256.Load(sums), s1 = Vector256.Load(sums + 16), s2 = Vector256.Load(sums + 32), s3 = Vector256.Load(sums + 48);
        Vector256<float> h0 = Vector256.Load(sums + 8), h1 = Vector256.Load(sums + 24), h2 = Vector256.Load(sums + 40), h3 = Vector256.Load(sums + 56);
        for (int s = 0; s < subBlocks; s++)
        {
            int k = s * TDecoder.SubBlock;
            byte* w = tile.W + k * 16, a = x0 + k, b = x1 + k, c = x2 + k, d = x3 + k;
            Vector256<int> d0 = Vector256<int>.Zero, d1 = d0, d2 = d0, d3 = d0, e0 = d0, e1 = d0, e2 = d0, e3 = d0;
            for (int q = 0; q < quads; q += 4, w += 256, a += 16, b += 16, c += 16, d += 16)
            {
                Quad(w, a, b, c, d, 0, ref d0, ref d1, ref d2, ref d3, ref e0, ref e1, ref e2, ref e3);
                Quad(w, a, b, c, d, 1, ref d0, ref d1, ref d2, ref d3, ref e0, ref e1, ref e2, ref e3);
                Quad(w, a, b, c, d, 2, ref d0, ref d1, ref d2, ref d3, ref e0, ref e1, ref e2, ref e3);
                Quad(w, a, b, c, d, 3, ref d0, ref d1, ref d2, ref d3, ref e0, ref e1, ref e2, ref e3);
            }
            Vector256<float> low = Vector256.Load(tile.Scale + s * 16), high = Vector256.Load(tile.Scale + s * 16 + 8);
            s0 = Avx2Kernels.Add<TDecoder>(d0, low, x0, s, s0);
            h0 = Avx2Kernels.Add<TDecoder>(e0, high, x0, s, h0);
            s1 = Avx2Kernels.Add<TDecoder>(d1, low, x1, s, s1);
            h1 = Avx2Kernels.Add<TDecoder>(e1, high, x1, s, h1);
            s2 = Avx2Kernels.Add<TDecoder>(d2, low, x2, s, s2);
            h2 = Avx2Kernels.Add<TDecoder>(e2, high, x2, s, h2);
            s3 = Avx2Kernels.Add<TDecoder>(d3, low, x3, s, s3);
            h3 = Avx2Kernels.Add<TDecoder>(e3, high, x3, s, h3);
            if (TDecoder.HasMinimum)
            {
                low = Vector256.Load(tile.Minimum + s * 16);
                high = Vector256.Load(tile.Minimum + s * 16 + 8);
                s0 = Avx2Kernels.Subtract<TDecoder>(low, x0, s, s0);
                h0 = Avx2Kernels.Subtract<TDecoder>(high, x0, s, h0);
                s1 = Avx2Kernels.Subtract<TDecoder>(low, x1, s, s1);
                h1 = Avx2Kernels.Subtract<TDecoder>(high, x1, s, h1);
                s2 = Avx2Kernels.Subtract<TDecoder>(low, x2, s, s2);
                h2 = Avx2Kernels.Subtract<TDecoder>(high, x2, s, h2);
                s3 = Avx2Kernels.Subtract<TDecoder>(low, x3, s, s3);
                h3 = Avx2Kernels.Subtract<TDecoder>(high, x3, s, h3);
            }
        }
        s0.Store(sums);
        h0.Store(sums + 8);
        s1.Store(sums + 16);
        h1.Store(sums + 24);
        s2.Store(sums + 32);
        h2.Store(sums + 40);
        s3.Store(sums + 48);
        h3.Store(sums + 56);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void One<TDecoder>(Tile tile, int blocks, byte* x, float* sums) where TDecoder : struct, ITileDecoder
    {
        int quads = TDecoder.SubBlock / 4, subBlocks = blocks * 8 / quads;
        Vector256<float> low = Vector256.Load(sums), high = Vector256.Load(sums + 8);
        for (int s = 0; s < subBlocks; s++)
        {
            Vector256<int> a = Vector256<int>.Zero, b = a;
            int k = s * TDecoder.SubBlock;
            for (int q = 0; q < quads; q++, k += 4)
            {
                Vector256<sbyte> v = Spread(x + k);
                a = AvxVnni.MultiplyWideningAndAdd(a, Vector256.Load(tile.W + k * 16), v);
                b = AvxVnni.MultiplyWideningAndAdd(b, Vector256.Load(tile.W + k * 16 + 32), v);
            }
            low = Avx2Kernels.Add<TDecoder>(a, Vector256.Load(tile.Scale + s * 16), x, s, low);
            high = Avx2Kernels.Add<TDecoder>(b, Vector256.Load(tile.Scale + s * 16 + 8), x, s, high);
            if (TDecoder.HasMinimum)
            {
                low = Avx2Kernels.Subtract<TDecoder>(Vector256.Load(tile.Minimum + s * 16), x, s, low);
                high = Avx2Kernels.Subtract<TDecoder>(Vector256.Load(tile.Minimum + s * 16 + 8), x, s, high);
            }
        }
        low.Store(sums);
        high.Store(sums + 8);
    }

    /// <summary>Adds quad <paramref name="q"/>; a constant, so that the addresses need no arithmetic.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Quad(byte* w, byte* x0, byte* x1, byte* x2, byte* x3, int q,
        ref Vector256<int> d0, ref Vector256<int> d1, ref Vector256<int> d2, ref Vector256<int> d3,
        ref Vector256<int> e0, ref Vector256<int> e1, ref Vector256<int> e2, ref Vector256<int> e3)
    {
        Vector256<byte> low = Vector256.Load(w + q * 64), high = Vector256.Load(w + q * 64 + 32);
        Vector256<sbyte> x = Spread(x0 + q * 4);
        d0 = AvxVnni.MultiplyWideningAndAdd(d0, low, x);
        e0 = AvxVnni.MultiplyWideningAndAdd(e0, high, x);
        x = Spread(x1 + q * 4);
        d1 = AvxVnni.MultiplyWideningAndAdd(d1, low, x);
        e1 = AvxVnni.MultiplyWideningAndAdd(e1, high, x);
        x = Spread(x2 + q * 4);
        d2 = AvxVnni.MultiplyWideningAndAdd(d2, low, x);
        e2 = AvxVnni.MultiplyWideningAndAdd(e2, high, x);
        x = Spread(x3 + q * 4);
        d3 = AvxVnni.MultiplyWideningAndAdd(d3, low, x);
        e3 = AvxVnni.MultiplyWideningAndAdd(e3, high, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<sbyte> Spread(byte* x) => Vector256.Create(*(int*)x).AsSByte();
}
