using System.Runtime.CompilerServices;

namespace Shoestring.Tensors;

/// <summary>
/// A symmetric matrix of doubles, its lower triangle kept: sums of products of a layer's inputs (its Hessian up to a factor) and
/// the factors made of them. Work is cut by shape alone, so results do not depend on the number of threads.
/// </summary>
public sealed unsafe class SymmetricMatrix : IDisposable
{
    const int Tile = TileProduct.Size;

    readonly NativeBuffer buffer;
    readonly MemoryAccount account;

    /// <summary>A matrix of zeros.</summary>
    public SymmetricMatrix(int size, MemoryAccount account)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        (Size, this.account) = (size, account);
        buffer = new NativeBuffer((long)size * size * sizeof(double), MemoryKind.Scratch, account);
    }

    /// <summary>Bytes of a matrix.</summary>
    public static long Bytes(int size) => (long)size * size * sizeof(double);

    /// <summary>Bytes that <see cref="AddProducts"/> takes meanwhile.</summary>
    /// <param name="rows">Rows of x.</param>
    /// <param name="threads">Threads.</param>
    public static long ProductsBytes(int rows, int threads) => 2L * rows * Tile * threads * sizeof(double);

    /// <summary>Rows and columns.</summary>
    public int Size { get; }

    internal double* Pointer => (double*)buffer.Pointer;

    /// <summary>Row <paramref name="row"/>; what lies right of the diagonal means nothing. <c>[column]</c></summary>
    public Span<double> Row(int row) => buffer.Span<double>((long)row * Size * sizeof(double), Size);

    /// <summary>The element at <paramref name="row"/>, <paramref name="column"/>.</summary>
    public double this[int row, int column] => row >= column ? Row(row)[column] : Row(column)[row];

    /// <summary>Adds xᵀx.</summary>
    /// <param name="x"><c>[row, channel]</c></param>
    /// <param name="pool">The threads.</param>
    public void AddProducts(Tensor x, WorkerPool pool)
    {
        if (x.Columns != Size)
        {
            throw new ArgumentException($"x has {x.Columns} channels, the matrix {Size}", nameof(x));
        }

        int tiles = (Size + Tile - 1) / Tile;
        using var scratch = new Scratch(pool.Threads, 2L * x.Rows * Tile, account);
        pool.Run(new Products(this, x, scratch), tiles * (tiles + 1) / 2);
    }

    /// <summary>Adds <paramref name="value"/> to the diagonal.</summary>
    public void AddToDiagonal(double value)
    {
        for (int i = 0; i < Size; i++)
        {
            Row(i)[i] += value;
        }
    }

    /// <summary>The mean of the diagonal.</summary>
    public double MeanOfDiagonal()
    {
        double sum = 0;
        for (int i = 0; i < Size; i++)
        {
            sum += Row(i)[i];
        }

        return sum / Size;
    }

    /// <summary>A copy with rows and columns in another order: element [i, j] is this matrix's [order[i], order[j]].</summary>
    public SymmetricMatrix Reordered(ReadOnlySpan<int> order)
    {
        var copy = new SymmetricMatrix(Size, account);
        for (int i = 0; i < Size; i++)
        {
            Span<double> row = copy.Row(i);
            for (int j = 0; j <= i; j++)
            {
                row[j] = this[order[i], order[j]];
            }
        }

        return copy;
    }

    /// <summary>
    /// Replaces the matrix by its Cholesky factor: A = L·Lᵀ, L lower triangular (blocked, right-looking: Golub and Van Loan, Matrix
    /// Computations, algorithm 4.2.4).
    /// </summary>
    /// <returns>False when the matrix is not positive definite; its contents are lost then.</returns>
    public bool Factor(WorkerPool pool)
    {
        using var scratch = new Scratch(pool.Threads, 2L * Tile * Tile, account);
        for (int first = 0; first < Size; first += Tile)
        {
            int width = Math.Min(Tile, Size - first);
            if (!FactorDiagonal(first, width))
            {
                return false;
            }

            int below = (Size - first - width + Tile - 1) / Tile;
            pool.Run(new Panel(this, first, width), below);
            pool.Run(new Trailing(this, first, width, scratch), below * (below + 1) / 2);
        }

        return true;
    }

    /// <summary>Replaces a lower triangular matrix by its inverse, panel by panel from the last.</summary>
    public void InvertLower(WorkerPool pool)
    {
        using var scratch = new Scratch(pool.Threads, (2L * Tile * Tile), account);
        using var panel = new NativeBuffer((long)Size * Tile * sizeof(double), MemoryKind.Scratch, account);
        for (int first = (Size - 1) / Tile * Tile; first >= 0; first -= Tile)
        {
            int width = Math.Min(Tile, Size - first);
            InvertDiagonal(first, width);
            int below = (Size - first - width + Tile - 1) / Tile;
            CopyPanel(first, width, (double*)panel.Pointer);
            pool.Run(new Inverse(this, first, width, (double*)panel.Pointer, scratch), below);
        }
    }

    /// <summary>
    /// Replaces the matrix by U, upper triangular, with A⁻¹ = Uᵀ·U: row i of U says how an error in column i is best made up for by
    /// the columns after it (Frantar et al., GPTQ, arXiv 2210.17323, §3.3). With rows and columns in reverse order U is the
    /// inverse of a lower Cholesky factor, so A⁻¹ is never formed.
    /// </summary>
    /// <returns>False when the matrix is not positive definite; its contents are lost then.</returns>
    public bool InverseFactor(WorkerPool pool)
    {
        TurnOverAntidiagonal();
        if (!Factor(pool))
        {
            return false;
        }

        InvertLower(pool);
        Reverse();
        return true;
    }

    /// <summary>Reverses the order of rows and columns within the lower triangle, which symmetry allows: [i, j] and [n−1−j, n−1−i] change places.</summary>
    void TurnOverAntidiagonal()
    {
        for (int i = 0; i < Size; i++)
        {
            for (int j = 0; j <= i && i + j < Size - 1; j++)
            {
                double* one = Pointer + (long)i * Size + j, other = Pointer + (long)(Size - 1 - j) * Size + (Size - 1 - i);
                (*one, *other) = (*other, *one);
            }
        }
    }

    // Row i changes places with row n−1−i, each turned round: the lower triangle becomes the upper one.
    void Reverse()
    {
        for (int i = 0; i < (Size + 1) / 2; i++)
        {
            Span<double> one = Row(i), other = Row(Size - 1 - i);
            one.Reverse();
            if (i != Size - 1 - i)
            {
                other.Reverse();
                for (int j = 0; j < Size; j++)
                {
                    (one[j], other[j]) = (other[j], one[j]);
                }
            }
        }
    }

    bool FactorDiagonal(int first, int width)
    {
        for (int j = first; j < first + width; j++)
        {
            double* row = Pointer + (long)j * Size;
            double sum = row[j];
            for (int k = first; k < j; k++)
            {
                sum -= row[k] * row[k];
            }

            if (!(sum > 0) || !double.IsFinite(sum))
            {
                return false;
            }

            row[j] = Math.Sqrt(sum);
            for (int i = j + 1; i < first + width; i++)
            {
                double* other = Pointer + (long)i * Size;
                double value = other[j];
                for (int k = first; k < j; k++)
                {
                    value -= other[k] * row[k];
                }

                other[j] = value / row[j];
            }
        }

        return true;
    }

    void InvertDiagonal(int first, int width)
    {
        for (int j = first + width - 1; j >= first; j--)
        {
            double inverse = 1 / Pointer[(long)j * Size + j];
            Pointer[(long)j * Size + j] = inverse;
            // Columns right of j are inverted already: X[i, j] = −Σ X[i, k]·L[k, j] / L[j, j], from the last row up.
            for (int i = first + width - 1; i > j; i--)
            {
                double sum = 0;
                for (int k = j + 1; k <= i; k++)
                {
                    sum += Pointer[(long)i * Size + k] * Pointer[(long)k * Size + j];
                }

                Pointer[(long)i * Size + j] = -sum * inverse;
            }
        }
    }

    void CopyPanel(int first, int width, double* target)
    {
        for (int i = first + width; i < Size; i++)
        {
            Buffer.MemoryCopy(Pointer + (long)i * Size + first, target + (long)i * Tile, Tile * sizeof(double), width * sizeof(double));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => buffer.Dispose();

    /// <summary>Row and column of a tile in the lower triangle, counted row by row.</summary>
    static (int Row, int Column) Place(int chunk)
    {
        int row = (int)((Math.Sqrt((8.0 * chunk) + 1) - 1) / 2);
        row -= (long)row * (row + 1) / 2 > chunk ? 1 : 0;
        row += (long)(row + 1) * (row + 2) / 2 <= chunk ? 1 : 0;
        return (row, chunk - (row * (row + 1) / 2));
    }

    /// <summary>Memory for each worker.</summary>
    sealed class Scratch(int workers, long doubles, MemoryAccount account) : IDisposable
    {
        readonly NativeBuffer memory = new(workers * doubles * sizeof(double), MemoryKind.Scratch, account);

        public double* Of(int worker) => (double*)memory.Pointer + worker * doubles;

        public void Dispose() => memory.Dispose();
    }

    /// <summary>xᵀx of one tile.</summary>
    sealed class Products(SymmetricMatrix matrix, Tensor x, Scratch scratch) : ChunkedWork
    {
        public override void Run(int chunk, int worker)
        {
            (int row, int column) = Place(chunk);
            double* a = scratch.Of(worker), b = a + (long)x.Rows * Tile;
            int rows = Pack(row * Tile, a), columns = row == column ? rows : Pack(column * Tile, b);
            TileProduct.Add(a, row == column ? a : b, matrix.Pointer + (long)row * Tile * matrix.Size + column * Tile, x.Rows, rows, columns, Tile, matrix.Size, 1);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        int Pack(int first, double* target)
        {
            int count = Math.Min(Tile, x.Columns - first);
            for (int r = 0; r < x.Rows; r++, target += Tile)
            {
                float* source = x.RowPointer(r) + first;
                for (int c = 0; c < count; c++)
                {
                    target[c] = source[c];
                }
            }

            return count;
        }
    }

    /// <summary>L[i, panel] = A[i, panel]·L[panel, panel]⁻ᵀ for a tile of rows below the panel.</summary>
    sealed class Panel(SymmetricMatrix matrix, int first, int width) : ChunkedWork
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Run(int chunk, int worker)
        {
            int start = first + width + (chunk * Tile), end = Math.Min(matrix.Size, start + Tile), size = matrix.Size;
            for (int i = start; i < end; i++)
            {
                double* row = matrix.Pointer + (long)i * size + first;
                for (int j = 0; j < width; j++)
                {
                    double* other = matrix.Pointer + (long)(first + j) * size + first;
                    double value = row[j];
                    for (int k = 0; k < j; k++)
                    {
                        value -= row[k] * other[k];
                    }

                    row[j] = value / other[j];
                }
            }
        }
    }

    /// <summary>A[i, j] −= L[i, panel]·L[j, panel]ᵀ for one tile of the rest.</summary>
    sealed class Trailing(SymmetricMatrix matrix, int first, int width, Scratch scratch) : ChunkedWork
    {
        public override void Run(int chunk, int worker)
        {
            (int tileRow, int tileColumn) = Place(chunk);
            int start = first + width, row = start + (tileRow * Tile), column = start + (tileColumn * Tile);
            double* a = scratch.Of(worker), b = a + Tile * Tile;
            int rows = Turn(row, a), columns = tileRow == tileColumn ? rows : Turn(column, b);
            TileProduct.Add(a, tileRow == tileColumn ? a : b, matrix.Pointer + (long)row * matrix.Size + column, width, rows, columns, Tile, matrix.Size, -1);
        }

        int Turn(int from, double* target) => TurnTile(matrix, from, first, width, target);
    }

    /// <summary>Columns [first, +width) of up to 64 rows, as <c>[column, row]</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static int TurnTile(SymmetricMatrix matrix, int from, int first, int width, double* target)
    {
        int count = Math.Min(Tile, matrix.Size - from);
        for (int r = 0; r < count; r++)
        {
            double* source = matrix.Pointer + (long)(from + r) * matrix.Size + first;
            for (int k = 0; k < width; k++)
            {
                target[k * Tile + r] = source[k];
            }
        }

        return count;
    }

    /// <summary>X[i, panel] = −(Σ X[i, k]·L[k, panel])·X[panel, panel] for a tile of rows below the panel.</summary>
    sealed class Inverse(SymmetricMatrix matrix, int first, int width, double* panel, Scratch scratch) : ChunkedWork
    {
        public override void Run(int chunk, int worker)
        {
            int start = first + width, row = start + (chunk * Tile), rows = Math.Min(Tile, matrix.Size - row), size = matrix.Size;
            double* a = scratch.Of(worker), sum = a + Tile * Tile;
            new Span<double>(sum, Tile * Tile).Clear();
            for (int k = start; k < row + rows; k += Tile)
            {
                int depth = Math.Min(Tile, row + rows - k);
                TurnLower(row, rows, k, depth, a);
                TileProduct.Add(a, panel + (long)k * Tile, sum, depth, rows, width, Tile, Tile, -1);
            }

            for (int i = 0; i < rows; i++)
            {
                double* target = matrix.Pointer + (long)(row + i) * size + first;
                for (int j = 0; j < width; j++)
                {
                    double value = 0;
                    for (int k = j; k < width; k++)
                    {
                        value += sum[i * Tile + k] * matrix.Pointer[(long)(first + k) * size + first + j];
                    }

                    target[j] = value;
                }
            }
        }

        // What lies right of the diagonal means nothing and counts as zero.
        void TurnLower(int row, int rows, int column, int depth, double* target)
        {
            for (int r = 0; r < rows; r++)
            {
                double* source = matrix.Pointer + (long)(row + r) * matrix.Size + column;
                for (int k = 0; k < depth; k++)
                {
                    target[k * Tile + r] = column + k <= row + r ? source[k] : 0;
                }
            }
        }
    }
}
