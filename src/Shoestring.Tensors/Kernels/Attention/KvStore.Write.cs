using System.Runtime.CompilerServices;

namespace Shoestring.Tensors;

public sealed unsafe partial class KvStore
{
    /// <summary>Halves on the stack while they are turned: 64 positions of 128 channels.</summary>
    const int BufferHalves = 8192;

    /// <summary>
    /// Writes <paramref name="rows"/> positions of one page and one head. Halves are made row by row, then keys are stored column
    /// by column: position by position, every store would go to another cache line.
    /// </summary>
    /// <param name="position">The first; the caller has seen that all lie within the capacity and one page.</param>
    /// <param name="rows">Number of positions.</param>
    /// <param name="head">The KV head.</param>
    /// <param name="keys">The head's channels of the first row. <c>[row, channel]</c></param>
    /// <param name="values">Likewise.</param>
    /// <param name="stride">Floats from row to row.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void Write(int position, int rows, int head, float* keys, float* values, int stride)
    {
        int page = position / PagePositions, slot = position % PagePositions;
        if (layout.IsQuantized && recentPages == 0)
        {
            for (int r = 0; r < rows; r++)
            {
                KvQuantizer.Row(in layout, keys + (long)r * stride, values + (long)r * stride, Quantized(page, head), slot + r);
            }
            return;
        }
        if (recentPages > 0 && slot == 0 && page > KvFormats.ResidualPages)
        {
            // The rows of this page are the first to see that one quantized.
            int full = page - KvFormats.ResidualPages - 1;
            KvQuantizer.FullPage(in layout, in plainLayout, Keys(full, head), Quantized(full, head));
        }
        byte* keyPage = Keys(page, head), valuePage = Values(page, head);
        if (Format == KvFormat.F32)
        {
            for (int r = 0; r < rows; r++)
            {
                new ReadOnlySpan<float>(values + (long)r * stride, HeadChannels).CopyTo(new Span<float>((float*)valuePage + (slot + r) * PaddedChannels, HeadChannels));
            }
            Transpose((uint*)keys, stride, rows, (uint*)keyPage + slot);
            return;
        }
        WriteHalves(slot, rows, keys, values, stride, keyPage, valuePage);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void WriteHalves(int slot, int rows, float* keys, float* values, int stride, byte* keyPage, byte* valuePage)
    {
        Span<ushort> buffer = HeadChannels <= BufferHalves ? stackalloc ushort[BufferHalves] : new ushort[HeadChannels];
        fixed (ushort* halves = buffer)
        {
            int step = Math.Max(1, buffer.Length / HeadChannels);
            for (int first = 0; first < rows; first += step)
            {
                int count = Math.Min(step, rows - first);
                for (int r = 0; r < count; r++)
                {
                    Narrow(keys + (long)(first + r) * stride, HeadChannels, halves + r * HeadChannels);
                    Narrow(values + (long)(first + r) * stride, HeadChannels, (ushort*)valuePage + (slot + first + r) * PaddedChannels);
                }
                Transpose(halves, HeadChannels, count, (ushort*)keyPage + slot + first);
            }
        }
    }

    /// <summary>target[channel · 64 + row] = source[row · stride + channel].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void Transpose<T>(T* source, int stride, int rows, T* target) where T : unmanaged
    {
        for (int c = 0; c < HeadChannels; c++, source++, target += PagePositions)
        {
            T* from = source;
            for (int r = 0; r < rows; r++, from += stride)
            {
                target[r] = *from;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Narrow(float* values, int count, ushort* halves)
    {
        int i = 0;
        for (; i + 16 <= count; i += 16)
        {
            HalfBits.FromSingle16(values + i, halves + i);
        }
        for (; i < count; i++)
        {
            halves[i] = BitConverter.HalfToUInt16Bits((Half)values[i]);
        }
    }
}
