using System.Runtime.CompilerServices;

namespace Shoestring.Tensors;

/// <summary>
/// Sums of columns over rows: the gradient of a bias. A chunk is a strip of 64 columns; 64 rows are summed, then added to what
/// the rows before them gave, so that the error grows with 64 + rows / 64 roundings.
/// </summary>
internal sealed unsafe class SumRowsWork : ChunkedWork
{
    const int Strip = 64;
    const int RowBlock = 64;
    Tensor rows, sums;
    bool add;

    public void Run(WorkerPool pool, Tensor rows, Tensor sums, bool add)
    {
        (this.rows, this.sums, this.add) = (rows, sums, add);
        pool.Run(this, (rows.Columns + Strip - 1) / Strip);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(int chunk, int worker)
    {
        int first = chunk * Strip, count = Math.Min(Strip, rows.Columns - first);
        float* total = sums.Pointer + first, block = stackalloc float[Strip];
        if (!add)
        {
            new Span<float>(total, count).Clear();
        }
        for (int row = 0; row < rows.Rows; row += RowBlock)
        {
            new Span<float>(block, Strip).Clear();
            for (int r = row, end = Math.Min(rows.Rows, row + RowBlock); r < end; r++)
            {
                Vectors.Add(rows.RowPointer(r) + first, block, count);
            }
            Vectors.Add(block, total, count);
        }
    }
}
