using System.Runtime.CompilerServices;

namespace Shoestring.Tensors;

/// <summary>Writes a span's new keys and values. Chunks are whole pages, since neighbouring positions share cache lines.</summary>
internal sealed class KvWriteWork : RowWork
{
    Tensor keys, values;
    AttentionSpan span;

    public void Run(WorkerPool pool, Tensor keys, Tensor values, in AttentionSpan span)
    {
        (this.keys, this.values, this.span) = (keys, values, span);
        RunRows(pool, span.Rows, keys.Columns, KvStore.PagePositions);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override unsafe void Row(int row) =>
        span.Cache.Write(span.Start + row, keys.RowPointer(span.FirstRow + row), values.RowPointer(span.FirstRow + row));
}
