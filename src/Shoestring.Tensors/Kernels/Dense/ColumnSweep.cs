using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Shoestring.Tensors;

/// <summary>Chooses the new values of one row of a weight matrix, column by column. One instance serves one row at a time.</summary>
public abstract class RowChooser
{
    /// <summary>Columns of a group: what has to be known together before the first of them is chosen.</summary>
    public abstract int GroupColumns { get; }

    /// <summary>A row begins.</summary>
    public abstract void BeginRow(int row);

    /// <summary>A group begins; a matrix may end within its last group.</summary>
    /// <param name="column">Its first column.</param>
    /// <param name="values">Its columns' values, the errors of all columns before them made up for.</param>
    /// <param name="diagonal">U's diagonal at these columns: an error e in one costs (e / U[i, i])².</param>
    public abstract void BeginGroup(int column, ReadOnlySpan<double> values, ReadOnlySpan<double> diagonal);

    /// <summary>The new value of a column, whose value is now <paramref name="value"/>.</summary>
    public abstract double Choose(int column, double value);

    /// <summary>The row is done.</summary>
    public abstract void EndRow(int row);
}

/// <summary>
/// Goes through the columns of a weight matrix in order. A chooser sets each value, and the error is made up for by the columns
/// that come later: W[:, j] −= (w − q) / U[i, i] · U[i, j] (GPTQ, arXiv 2210.17323, eq. 2 and algorithm 1; SparseGPT, arXiv
/// 2301.00774, §3.2). Rows are independent: a chunk is 64 of them, and updates beyond 64 columns are done together.
/// </summary>
/// <param name="weights"><c>[row, column]</c>, changed in place.</param>
/// <param name="columns">Columns of a row.</param>
/// <param name="inverse">U: <see cref="SymmetricMatrix.InverseFactor"/> of the inputs' products.</param>
/// <param name="chooser">Makes a chooser.</param>
public sealed unsafe class ColumnSweep(float[] weights, int columns, SymmetricMatrix inverse, Func<RowChooser> chooser) : ChunkedWork
{
    const int Tile = TileProduct.Size;

    readonly int rows = weights.Length / columns;
    readonly double[] diagonal = Diagonal(inverse);

    /// <summary>Runs the sweep.</summary>
    /// <exception cref="ArgumentException">Shapes do not agree.</exception>
    public static void Run(float[] weights, int columns, SymmetricMatrix inverse, Func<RowChooser> chooser, WorkerPool pool)
    {
        if (inverse.Size != columns || weights.Length % columns != 0)
        {
            throw new ArgumentException($"{weights.Length} weights in rows of {columns} with a matrix of {inverse.Size}", nameof(weights));
        }

        var sweep = new ColumnSweep(weights, columns, inverse, chooser);
        pool.Run(sweep, (sweep.rows + Tile - 1) / Tile);
    }

    /// <inheritdoc/>
    public override void Run(int chunk, int worker)
    {
        int first = chunk * Tile, count = Math.Min(Tile, rows - first);
        double[] values = new double[(long)count * columns], errors = new double[Tile * Tile];
        RowChooser[] choosers = [.. Enumerable.Range(0, count).Select(_ => chooser())];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = weights[((long)first * columns) + i];
        }

        fixed (double* w = values, e = errors)
        {
            for (int column = 0; column < columns; column += Tile)
            {
                int width = Math.Min(Tile, columns - column);
                for (int row = 0; row < count; row++)
                {
                    RowTile(choosers[row], first + row, column, width, w + (long)row * columns, e + row);
                }

                int next = column + width;
                TileProduct.Add(e, inverse.Pointer + (long)column * columns + next, w + next, width, count, columns - next, columns, columns, -1);
            }
        }

        for (int row = 0; row < count; row++)
        {
            choosers[row].EndRow(first + row);
        }

        for (int i = 0; i < values.Length; i++)
        {
            weights[((long)first * columns) + i] = (float)values[i];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void RowTile(RowChooser own, int row, int column, int width, double* w, double* errors)
    {
        if (column == 0)
        {
            own.BeginRow(row);
        }

        int group = own.GroupColumns;
        for (int i = column; i < column + width; i++)
        {
            if (i % group == 0)
            {
                int size = Math.Min(group, columns - i);
                own.BeginGroup(i, new ReadOnlySpan<double>(w + i, size), diagonal.AsSpan(i, size));
            }

            double* u = inverse.Pointer + (long)i * columns;
            double chosen = own.Choose(i, w[i]), error = (w[i] - chosen) / u[i];
            w[i] = chosen;
            errors[(i - column) * Tile] = error;
            if (error != 0)
            {
                Spread(error, u + i + 1, w + i + 1, column + width - i - 1);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Spread(double error, double* u, double* w, int count)
    {
        int j = 0;
        Vector256<double> factor = Vector256.Create(-error);
        for (; j + 4 <= count; j += 4)
        {
            Vector256.MultiplyAddEstimate(factor, Vector256.Load(u + j), Vector256.Load(w + j)).Store(w + j);
        }

        for (; j < count; j++)
        {
            w[j] -= error * u[j];
        }
    }

    static double[] Diagonal(SymmetricMatrix matrix) => [.. Enumerable.Range(0, matrix.Size).Select(i => matrix.Row(i)[i])];
}
