using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Shoestring.Tensors;

/// <summary>
/// Portable 128-bit vectors, for Arm and old x86. Sixteen bytes are 4 rows × 4 channels; widened to 16 bits their
/// products still fit (255 · 127), and pairs are added in 32 bits: lanes are then [row0 k01, row0 k23, row1 k01, row1 k23].
/// </summary>
internal unsafe struct Vector128Kernels : IIntegerKernel, IFloatKernel
{
    public static void Multiply<TDecoder>(Tile tile, int blocks, byte* records, int rows, float* sums) where TDecoder : struct, ITileDecoder
    {
        for (int t = 0; t < rows; t++)
        {
            for (int r = 0; r < 16; r += 4)
            {
                Rows<TDecoder>(tile, blocks, records + t * PackedActivations.RecordBytes, r, sums + t * 16 + r);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Rows<TDecoder>(Tile tile, int blocks, byte* record, int r, float* sums) where TDecoder : struct, ITileDecoder
    {
        int quads = TDecoder.SubBlock / 4;
        int subBlocks = blocks * 32 / TDecoder.SubBlock;
        float* total = (float*)(record + (quads == 8 ? PackedActivations.Sum32 : PackedActivations.Sum16));
        float* scaled = (float*)(record + (quads == 8 ? PackedActivations.ScaledSum32 : PackedActivations.ScaledSum16));
        Vector128<float> sum = Vector128.Load(sums);
        for (int s = 0; s < subBlocks; s++)
        {
            Vector128<float> f = Vector128.ConvertToSingle(Dot(tile.W + s * quads * 64 + r * 4, record + s * TDecoder.SubBlock, quads));
            f -= Vector128.Create(TDecoder.Offset * total[s]);
            Vector128<float> d = Vector128.Create(((float*)(record + PackedActivations.Scale))[s * TDecoder.SubBlock / 32]);
            sum = Vector128.FusedMultiplyAdd(f, Vector128.Load(tile.Scale + s * 16 + r) * d, sum);
            if (TDecoder.HasMinimum)
            {
                sum = Vector128.FusedMultiplyAdd(-Vector128.Load(tile.Minimum + s * 16 + r), Vector128.Create(scaled[s]), sum);
            }
        }
        sum.Store(sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<int> Dot(byte* w, byte* q, int quads)
    {
        Vector128<int> low = Vector128<int>.Zero, high = Vector128<int>.Zero;
        for (int i = 0; i < quads; i++)
        {
            (Vector128<ushort> w0, Vector128<ushort> w1) = Vector128.Widen(Vector128.Load(w + i * 64));
            Vector128<short> x = Vector128.WidenLower(Vector128.Create(*(int*)(q + i * 4)).AsSByte());
            Vector128<int> p0 = (w0.AsInt16() * x).AsInt32(), p1 = (w1.AsInt16() * x).AsInt32();
            low += ((p0 << 16) >> 16) + (p0 >> 16);
            high += ((p1 << 16) >> 16) + (p1 >> 16);
        }
        Vector128<int> even = Vector128.Create(low[0], low[2], high[0], high[2]);
        return even + Vector128.Create(low[1], low[3], high[1], high[3]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(float* weights, int channels, float* activations, int rows, float* sums)
    {
        for (int t = 0; t < rows; t++)
        {
            float* x = activations + t * Tile.Channels;
            float* s = sums + t * 16;
            Vector128<float> s0 = Vector128.Load(s), s1 = Vector128.Load(s + 4), s2 = Vector128.Load(s + 8), s3 = Vector128.Load(s + 12);
            for (int k = 0; k < channels; k++)
            {
                Vector128<float> v = Vector128.Create(x[k]);
                float* w = weights + k * 16;
                s0 = Vector128.FusedMultiplyAdd(Vector128.Load(w), v, s0);
                s1 = Vector128.FusedMultiplyAdd(Vector128.Load(w + 4), v, s1);
                s2 = Vector128.FusedMultiplyAdd(Vector128.Load(w + 8), v, s2);
                s3 = Vector128.FusedMultiplyAdd(Vector128.Load(w + 12), v, s3);
            }
            s0.Store(s);
            s1.Store(s + 4);
            s2.Store(s + 8);
            s3.Store(s + 12);
        }
    }
}
