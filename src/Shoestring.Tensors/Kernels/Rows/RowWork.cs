using System.Runtime.CompilerServices;

namespace Shoestring.Tensors;

/// <summary>Work that treats each row by itself.</summary>
internal abstract class RowWork : ChunkedWork
{
    const int ChunkElements = 8192;
    int rows;
    int rowsPerChunk;

    /// <summary>Runs over <paramref name="rows"/> rows of <paramref name="columns"/> channels.</summary>
    protected void RunRows(WorkerPool pool, int rows, int columns)
    {
        this.rows = rows;
        rowsPerChunk = Math.Max(1, ChunkElements / Math.Max(1, columns));
        pool.Run(this, (rows + rowsPerChunk - 1) / rowsPerChunk);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public sealed override void Run(int chunk, int worker)
    {
        int last = Math.Min(rows, (chunk + 1) * rowsPerChunk);
        for (int row = chunk * rowsPerChunk; row < last; row++)
        {
            Row(row);
        }
    }

    protected abstract void Row(int row);
}
