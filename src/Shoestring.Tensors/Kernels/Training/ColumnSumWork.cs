using System.Runtime.CompilerServices;

namespace Shoestring.Tensors;

/// <summary>
/// Sums of columns over rows: of x, the gradient of a bias, or of x · y, that of factors which scale channels. A chunk is a strip of 64 columns; 64
/// rows are summed, then added to what the rows before them gave, so that the error grows with 64 + rows / 64 roundings.
/// </summary>
/// <typeparam name="TTerm">What a row adds.</typeparam>
internal sealed unsafe class ColumnSumWork<TTerm> : ChunkedWork where TTerm : struct, IColumnTerm
{
    const int Strip = 64;
    const int RowBlock = 64;
    Tensor x, y, sums;
    bool add;

    /// <param name="pool">The threads.</param>
    /// <param name="x"><c>[row, column]</c></param>
    /// <param name="y">The same; of sums of x alone, x again.</param>
    /// <param name="sums"><c>[column]</c></param>
    /// <param name="add">Whether to what is there.</param>
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
                TTerm.Add(x.RowPointer(r) + first, y.RowPointer(r) + first, block, count);
            }
            Vectors.Add(block, total, count);
        }
    }
}

/// <summary>What a row adds to sums of columns.</summary>
internal unsafe interface IColumnTerm
{
    /// <summary>Adds it.</summary>
    static abstract void Add(float* x, float* y, float* target, int count);
}

/// <summary>x.</summary>
internal readonly unsafe struct ColumnValue : IColumnTerm
{
    public static void Add(float* x, float* y, float* target, int count) => Vectors.Add(x, target, count);
}

/// <summary>x · y.</summary>
internal readonly unsafe struct ColumnProduct : IColumnTerm
{
    public static void Add(float* x, float* y, float* target, int count)
    {
        int i = 0;
        for (; i + 16 <= count; i += 16)
        {
            Lanes256.Store(Lanes256.MultiplyAdd(Lanes256.Load(x + i), Lanes256.Load(y + i), Lanes256.Load(target + i)), target + i);
        }
        for (; i < count; i++)
        {
            target[i] = MathF.FusedMultiplyAdd(x[i], y[i], target[i]);
        }
    }
}
