using System.Runtime.CompilerServices;

namespace Shoestring.Tensors;

/// <summary>How keys and values are kept.</summary>
public enum KvFormat
{
    F32,
    F16,
}

/// <summary>
/// Keys and values of one sequence in one block of the model. Positions are held 64 to a page, and a page, for each KV
/// head, holds its keys as <c>[channel][position of 64]</c> (lane = position, so scores need no horizontal sums) and its
/// values as <c>[position of 64][channel, padded to 16]</c>. Attention finds pages through a table.
/// </summary>
public sealed unsafe class KvStore : IDisposable
{
    /// <summary>Positions in a page.</summary>
    public const int PagePositions = 64;

    /// <summary>Halves on the stack while they are turned: 64 positions of 128 channels.</summary>
    const int BufferHalves = 8192;

    readonly NativeBuffer buffer;
    readonly int[] pages;

    /// <summary>Room for <paramref name="capacity"/> positions, in pages that follow each other.</summary>
    public KvStore(int heads, int headChannels, int capacity, KvFormat format, MemoryAccount account)
    {
        (Heads, HeadChannels, Format) = (heads, headChannels, format);
        PaddedChannels = (headChannels + 15) / 16 * 16;
        int count = (capacity + PagePositions - 1) / PagePositions;
        Capacity = capacity;
        pages = [.. Enumerable.Range(0, count)];
        buffer = new NativeBuffer(count * PageBytes, MemoryKind.KvCache, account);
    }

    /// <summary>KV heads.</summary>
    public int Heads { get; }

    /// <summary>Channels of a head.</summary>
    public int HeadChannels { get; }

    /// <summary>Element format.</summary>
    public KvFormat Format { get; }

    /// <summary>Positions that fit.</summary>
    public int Capacity { get; }

    /// <summary>Bytes held.</summary>
    public long Bytes => buffer.Bytes;

    internal int PaddedChannels { get; }

    int ElementBytes => Format == KvFormat.F32 ? 4 : 2;

    long HeadBytes => (long)PagePositions * (HeadChannels + PaddedChannels) * ElementBytes;

    long PageBytes => Heads * HeadBytes;

    /// <summary>Keys of one head in the page that holds position 64·<paramref name="page"/>.</summary>
    internal byte* Keys(int page, int head) => buffer.Pointer + pages[page] * PageBytes + head * HeadBytes;

    /// <summary>Values of one head in the page that holds position 64·<paramref name="page"/>.</summary>
    internal byte* Values(int page, int head) => Keys(page, head) + (long)PagePositions * HeadChannels * ElementBytes;

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

    /// <summary>Copies the first <paramref name="positions"/> positions (whole pages) from another store of the same shape.</summary>
    public void CopyFrom(KvStore source, int positions)
    {
        if (source.Heads != Heads || source.HeadChannels != HeadChannels || source.Format != Format || positions > Math.Min(Capacity, source.Capacity))
        {
            throw new ArgumentException("the stores differ in shape or the positions do not fit", nameof(source));
        }
        for (int page = 0; page * PagePositions < positions; page++)
        {
            Buffer.MemoryCopy(source.Keys(page, 0), Keys(page, 0), PageBytes, PageBytes);
        }
    }

    /// <summary>The pages that hold the first <paramref name="positions"/> positions, as bytes.</summary>
    public byte[] Save(int positions)
    {
        int used = (positions + PagePositions - 1) / PagePositions;
        byte[] bytes = new byte[checked(used * PageBytes)];
        for (int page = 0; page < used; page++)
        {
            new ReadOnlySpan<byte>(Keys(page, 0), (int)PageBytes).CopyTo(bytes.AsSpan((int)(page * PageBytes)));
        }
        return bytes;
    }

    /// <summary>Restores what <see cref="Save"/> returned for <paramref name="positions"/> positions.</summary>
    /// <exception cref="ArgumentException">The bytes are not the pages of that many positions of this shape, or do not fit.</exception>
    public void Load(ReadOnlySpan<byte> bytes, int positions)
    {
        int used = (positions + PagePositions - 1) / PagePositions;
        if (positions < 0 || positions > Capacity || bytes.Length != used * PageBytes)
        {
            throw new ArgumentException($"{bytes.Length} bytes are not the {used} pages of {PageBytes} that {positions} positions of {Capacity} take", nameof(bytes));
        }
        for (int page = 0; page * PageBytes < bytes.Length; page++)
        {
            bytes.Slice((int)(page * PageBytes), (int)PageBytes).CopyTo(new Span<byte>(Keys(page, 0), (int)PageBytes));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => buffer.Dispose();
}
