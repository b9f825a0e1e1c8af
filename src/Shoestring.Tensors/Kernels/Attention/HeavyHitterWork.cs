using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Shoestring.Tensors;

/// <summary>
/// Attention over caches that choose what they keep. What a row sees depends on the attention of the rows before it, so rows go
/// one by one; KV heads choose each for itself, so a chunk is one KV head with all rows of a span. The query heads that share it
/// go together, page by page as in <see cref="AttentionWork"/> and to the same bits.
/// </summary>
internal sealed unsafe class HeavyHitterWork : ChunkedWork
{
    const int Page = KvStore.PagePositions;

    readonly bool wide;
    AttentionSpan[] spans = [];
    Tensor queries, keys, values, outputs;
    int headChannels, kvHeads, group;
    float scale;
    NativeBuffer? scratch;
    long workerBytes;

    public HeavyHitterWork(SimdPath path) => wide = path >= SimdPath.Avx512 && Avx512F.IsSupported;

    /// <summary>
    /// Scratch bytes of one worker: the scores of four queries; for each query of a group its scaled channels, output, largest
    /// score, sum and scores of all slots; and one page of keys and values, widened.
    /// </summary>
    public static long ScratchBytes(int headChannels, int group, int slots)
    {
        long padded = (headChannels + 15) / 16 * 16L, columns = (slots + Page - 1) / Page * Page;
        return (4 * Page + group * (2 * padded + 2 + columns) + Page * (headChannels + padded)) * sizeof(float);
    }

    /// <summary>Takes the next job, whose spans all have such caches of one shape, and returns the number of chunks.</summary>
    public int Prepare(Tensor queries, Tensor keys, Tensor values, Tensor outputs, ReadOnlySpan<AttentionSpan> next, int heads, float scale, NativeBuffer scratch, long workerBytes)
    {
        (this.queries, this.keys, this.values, this.outputs, this.scale, this.scratch, this.workerBytes) = (queries, keys, values, outputs, scale, scratch, workerBytes);
        KvStore cache = next[0].Cache;
        (headChannels, kvHeads, group) = (cache.HeadChannels, cache.Heads, heads / cache.Heads);
        if (spans.Length < next.Length)
        {
            spans = new AttentionSpan[next.Length];
        }
        next.CopyTo(spans);
        return next.Length * kvHeads;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(int chunk, int worker)
    {
        AttentionSpan span = spans[chunk / kvHeads];
        float* memory = (float*)(scratch!.Pointer + worker * workerBytes);
        bool half = span.Cache.Format == KvFormat.F16;
        for (int row = 0; row < span.Rows; row++)
        {
            if (wide)
            {
                if (half)
                {
                    Row<Lanes512, F16Elements>(span, row, chunk % kvHeads, memory);
                }
                else
                {
                    Row<Lanes512, F32Elements>(span, row, chunk % kvHeads, memory);
                }
            }
            else if (half)
            {
                Row<Lanes256, F16Elements>(span, row, chunk % kvHeads, memory);
            }
            else
            {
                Row<Lanes256, F32Elements>(span, row, chunk % kvHeads, memory);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void Row<TLanes, TElements>(in AttentionSpan span, int index, int head, float* memory)
        where TLanes : struct, ILanes<TLanes> where TElements : struct, IKvElements
    {
        KvStore cache = span.Cache;
        KvSelection selection = cache.Selection!;
        int row = span.FirstRow + index, position = span.Start + index, padded = cache.PaddedChannels;
        int held = Math.Min(position + 1, selection.Slots), stride = (selection.Slots + Page - 1) / Page * Page;
        float* scores = memory, scaled = scores + 4 * Page, sums = scaled + group * padded, widened = sums + group * padded;
        float* largest = widened + Page * (headChannels + padded), totals = largest + group, all = totals + group;
        cache.Write(selection.Take(head, position), 1, head, keys.RowPointer(row) + head * headChannels, values.RowPointer(row) + head * headChannels, keys.Stride);
        for (int q = 0; q < group; q++)
        {
            AttentionWork.Scale(queries.RowPointer(row) + (head * group + q) * headChannels, headChannels, scale, scaled + q * padded);
            (largest[q], totals[q]) = (float.NegativeInfinity, 0);
        }
        new Span<float>(sums, group * padded).Clear();
        for (int page = 0; page * Page < held; page++)
        {
            int visible = Math.Min(Page, held - page * Page), columns = (visible + 15) / 16 * 16;
            if (cache.Layout.IsQuantized)
            {
                KvWidening<TLanes>.Widen(in cache.Layout, cache.Quantized(page, head), visible, widened);
            }
            for (int q = 0; q < group; q += 4)
            {
                int count = Math.Min(4, group - q);
                new Span<float>(scores, 4 * Page).Clear();
                Accumulate<TLanes, TElements>(cache, cache.Keys(page, head), widened, Page, headChannels, scaled + q * padded, padded, count, scores, Page, columns);
                for (int i = 0; i < count; i++)
                {
                    new ReadOnlySpan<float>(scores + i * Page, columns).CopyTo(new Span<float>(all + (long)(q + i) * stride + page * Page, columns));
                    AttentionWork.Softmax<TLanes>(0, visible - 1, ref largest[q + i], ref totals[q + i], scores + i * Page, columns, sums + (q + i) * padded, padded);
                }
                Accumulate<TLanes, TElements>(cache, cache.Values(page, head), widened + Page * headChannels, padded, visible, scores, Page, count, sums + q * padded, padded, padded);
            }
        }
        for (int q = 0; q < group; q++)
        {
            AttentionWork.Scale(sums + q * padded, headChannels, 1f / totals[q], outputs.RowPointer(row) + (head * group + q) * headChannels);
            Draw<TLanes>(all + (long)q * stride, held, largest[q], 1f / totals[q], scores, selection.Attention(head));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Accumulate<TLanes, TElements>(KvStore cache, byte* matrix, float* widened, int stride, int steps, float* factors, int factorStride, int queries, float* sums, int sumStride, int columns)
        where TLanes : struct, ILanes<TLanes> where TElements : struct, IKvElements
    {
        if (cache.Layout.IsQuantized)
        {
            AttentionKernel<TLanes, F32Elements>.Accumulate((byte*)widened, stride, steps, factors, factorStride, queries, sums, sumStride, columns);
        }
        else
        {
            AttentionKernel<TLanes, TElements>.Accumulate(matrix, stride, steps, factors, factorStride, queries, sums, sumStride, columns);
        }
    }

    /// <summary>Adds a query's weights to what the slots have drawn.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Draw<TLanes>(float* scores, int held, float largest, float factor, float* weights, float* attention) where TLanes : struct, ILanes<TLanes>
    {
        TLanes shift = TLanes.Create(largest), factors = TLanes.Create(factor);
        int slot = 0;
        for (; slot + 16 <= held; slot += 16)
        {
            TLanes weight = TLanes.Multiply(TLanes.Exp(TLanes.Subtract(TLanes.Load(scores + slot), shift)), factors);
            TLanes.Store(TLanes.Add(TLanes.Load(attention + slot), weight), attention + slot);
        }
        if (slot < held)
        {
            TLanes.Store(TLanes.Multiply(TLanes.Exp(TLanes.Subtract(TLanes.Load(scores + slot), shift)), factors), weights);
            for (int i = 0; slot < held; i++, slot++)
            {
                attention[slot] += weights[i];
            }
        }
    }
}
