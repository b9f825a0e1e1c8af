using System.Runtime.CompilerServices;

namespace Shoestring.Tensors;

/// <summary>
/// Sums of columns of x · y over rows: the gradient of factors that scale channels. A chunk is a strip of 64 columns; 64 rows are
/// summed, then added to what the rows before them gave, as <see cref="SumRowsWork"/> does.
/// </summary>
internal sealed unsafe class SumProductsWork : ChunkedWork
{
    const int Strip = 64;
    const int RowBlock = 64;
    Tensor x, y, sums;
    bool add;

    public void Run(WorkerPool pool, Tensor x, Tensor y, Tensor sums, bool add)
    {
        (this.x, this.y, this.sums, this.add) = (x, y, sums, add);
        pool.Run(this, (x.Columns + Strip - 1) / Strip);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(int chunk, int worker)
    {
        int first = chunk * Strip, count = Math.Min(Strip, x.Columns - first);
        float* total = sums.Pointer + first, block = stackalloc float[Strip];
        if (!add)
        {
            new Span<float>(total, count).Clear();
        }
        for (int row = 0; row < x.Rows; row += RowBlock)
        {
            new Span<float>(block, Strip).Clear();
            for (int r = row, end = Math.Min(x.Rows, row + RowBlock); r < end; r++)
            {
                AddProduct(x.RowPointer(r) + first, y.RowPointer(r) + first, block, count);
            }
            Vectors.Add(block, total, count);
        }
    }

    static void AddProduct(float* a, float* b, float* target, int count)
    {
        int i = 0;
        for (; i + 16 <= count; i += 16)
        {
            Lanes256.Store(Lanes256.MultiplyAdd(Lanes256.Load(a + i), Lanes256.Load(b + i), Lanes256.Load(target + i)), target + i);
        }
        for (; i < count; i++)
        {
            target[i] = MathF.FusedMultiplyAdd(a[i], b[i], target[i]);
        }
    }
}
