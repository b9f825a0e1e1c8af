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
    public static void Multiply(float* weights, int channels, float* activations, int rows, float* sums) =>
        Avx2Kernels.Multiply(weights, channels, activations, rows, sums);

    public static void Multiply<TDecoder>(Tile tile, int blocks, byte* records, int rows, float* sums) where TDecoder : struct, ITileDecoder
    {
        int t = 0;
        for (; t + 4 <= rows; t += 4)
        {
            Four<TDecoder>(tile, blocks, records + t * PackedActivations.RecordBytes, sums + t * 16, 0);
            Four<TDecoder>(tile, blocks, records + t * PackedActivations.RecordBytes, sums + t * 16, 8);
        }
        for (; t < rows; t++)
        {
            One<TDecoder>(tile, blocks, records + t * PackedActivations.RecordBytes, sums + t * 16);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Four<TDecoder>(Tile tile, int blocks, byte* x0, float* sums, int half) where TDecoder : struct, ITileDecoder
    {
        int quads = TDecoder.SubBlock / 4, subBlocks = blocks * 8 / quads;
        byte* w = tile.W + half * 4;
        float* scales = tile.Scale + half;
        sums += half;
        byte* x1 = x0 + PackedActivations.RecordBytes, x2 = x1 + PackedActivations.RecordBytes, x3 = x2 + PackedActivations.RecordBytes;
        Vector256<float> s0 = Vector256.Load(sums), s1 = Vector256.Load(sums + 16), s2 = Vector256.Load(sums + 32), s3 = Vector256.Load(sums + 48);
        for (int s = 0; s < subBlocks; s++)
        {
            Vector256<int> d0 = Vector256<int>.Zero, d1 = d0, d2 = d0, d3 = d0;
            int k = s * TDecoder.SubBlock;
            for (int q = 0; q < quads; q++, k += 4)
            {
                Vector256<byte> v = Vector256.Load(w + k * 16);
                d0 = AvxVnni.MultiplyWideningAndAdd(d0, v, Spread(x0 + k));
                d1 = AvxVnni.MultiplyWideningAndAdd(d1, v, Spread(x1 + k));
                d2 = AvxVnni.MultiplyWideningAndAdd(d2, v, Spread(x2 + k));
                d3 = AvxVnni.MultiplyWideningAndAdd(d3, v, Spread(x3 + k));
            }
            Vector256<float> scale = Vector256.Load(scales + s * 16);
            s0 = Avx2Kernels.Add<TDecoder>(d0, scale, x0, s, s0);
            s1 = Avx2Kernels.Add<TDecoder>(d1, scale, x1, s, s1);
            s2 = Avx2Kernels.Add<TDecoder>(d2, scale, x2, s, s2);
            s3 = Avx2Kernels.Add<TDecoder>(d3, scale, x3, s, s3);
            if (TDecoder.HasMinimum)
            {
                Vector256<float> minimum = Vector256.Load(tile.Minimum + half + s * 16);
                s0 = Avx2Kernels.Subtract<TDecoder>(minimum, x0, s, s0);
                s1 = Avx2Kernels.Subtract<TDecoder>(minimum, x1, s, s1);
                s2 = Avx2Kernels.Subtract<TDecoder>(minimum, x2, s, s2);
                s3 = Avx2Kernels.Subtract<TDecoder>(minimum, x3, s, s3);
            }
        }
        s0.Store(sums);
        s1.Store(sums + 16);
        s2.Store(sums + 32);
        s3.Store(sums + 48);
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<sbyte> Spread(byte* x) => Vector256.Create(*(int*)x).AsSByte();
}
