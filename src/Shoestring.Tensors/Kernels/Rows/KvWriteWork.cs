using System.Runtime.CompilerServices;

namespace Shoestring.Tensors;

/// <summary>
/// Writes a span's new keys and values. A chunk is one page, since neighbouring positions share cache lines, for one head; of
/// a few rows, all of them at once.
/// </summary>
internal sealed unsafe class KvWriteWork : ChunkedWork
{
    const int Page = KvStore.PagePositions;

    /// <summary>Elements that are not worth waking a thread for.</summary>
    const int SmallElements = 8192;

    Tensor keys, values;
    AttentionSpan span;
    bool small;

    /// <summary>The caller has seen that the span's positions lie within its cache.</summary>
    public void Run(WorkerPool pool, Tensor keys, Tensor values, in AttentionSpan span)
    {
        (this.keys, this.values, this.span) = (keys, values, span);
        small = span.Rows * keys.Columns <= SmallElements;
        int pages = (span.Start + span.Rows - 1) / Page - span.Start / Page + 1;
        pool.Run(this, small ? 1 : pages * span.Cache.Heads);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(int chunk, int worker)
    {
        KvStore cache = span.Cache;
        if (!small)
        {
            Write(cache, span.Start / Page + chunk / cache.Heads, chunk % cache.Heads);
            return;
        }
        for (int page = span.Start / Page; page <= (span.Start + span.Rows - 1) / Page; page++)
        {
            for (int head = 0; head < cache.Heads; head++)
            {
                Write(cache, page, head);
            }
        }
    }

    void Write(KvStore cache, int page, int head)
    {
        int first = Math.Max(span.Start, page * Page), rows = Math.Min(span.Start + span.Rows, (page + 1) * Page) - first;
        int row = span.FirstRow + first - span.Start, channel = head * cache.HeadChannels;
        cache.Write(first, rows, head, keys.RowPointer(row) + channel, values.RowPointer(row) + channel, keys.Stride);
    }
}
