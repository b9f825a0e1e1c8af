using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>
/// Training through the quantizer: the layers see each matrix as the written file will have it, its gradient goes to the floats behind it as if
/// nothing had been rounded (the straight-through estimator; Bengio et al., arXiv 1308.3432, §4), and the optimizer changes those (LLM-QAT, Liu et
/// al., arXiv 2305.17888, §2). Rows are rounded one by one, so that threads change nothing.
/// </summary>
sealed class WeightRounding : ChunkedWork, IDisposable
{
    // Whole groups of the layout, so that no two threads write to one line of memory.
    const int ChunkRows = 4 * PackedLayout.GroupRows;

    readonly TensorFormat format;
    readonly WorkerPool pool;
    readonly List<(PackedMatrix Master, PackedMatrix Seen)> matrices = [];
    readonly List<(int Matrix, int FirstRow)> chunks = [];
    readonly Dictionary<PackedMatrix, PackedMatrix> masters = new(ReferenceEqualityComparer.Instance);
    readonly float[][] values;
    readonly byte[][] bytes;

    /// <summary>Takes a copy of each matrix that learns.</summary>
    /// <exception cref="InputException">A matrix does not fit the format, or none learns.</exception>
    public WeightRounding(IEnumerable<NamedWeight> learned, TensorFormat format, WorkerPool pool, MemoryAccount account)
    {
        (this.format, this.pool) = (format, pool);
        foreach (NamedWeight weight in learned)
        {
            if (weight.Matrix is { } matrix)
            {
                Check(weight.Name, matrix);
                Add(matrix, account);
            }
        }
        if (matrices.Count == 0)
        {
            throw new InputException("no matrix learns that could be rounded", "qat", "let the model's own weights learn: leave out lora");
        }
        int columns = matrices.Max(one => one.Seen.Columns);
        values = [.. Enumerable.Range(0, pool.Threads).Select(_ => new float[columns])];
        bytes = [.. Enumerable.Range(0, pool.Threads).Select(_ => new byte[matrices.Max(one => format.RowBytes(one.Seen.Columns))])];
    }

    /// <summary>The format.</summary>
    public TensorFormat Format => format;

    /// <summary>The floats behind a matrix: itself, where it is not rounded.</summary>
    public PackedMatrix MasterOf(PackedMatrix seen) => masters.GetValueOrDefault(seen, seen);

    /// <summary>Rounds all of them anew.</summary>
    public void Apply() => pool.Run(this, chunks.Count);

    /// <inheritdoc/>
    public override void Run(int chunk, int worker)
    {
        (int number, int first) = chunks[chunk];
        (PackedMatrix master, PackedMatrix seen) = matrices[number];
        Span<float> row = values[worker].AsSpan(0, master.Columns);
        Span<byte> encoded = bytes[worker].AsSpan(0, (int)format.RowBytes(master.Columns));
        for (int r = first; r < Math.Min(first + ChunkRows, master.Rows); r++)
        {
            master.GetRow(r, row);
            format.Encode(row, encoded);
            format.Decode(encoded, row);
            seen.SetRow(r, row);
        }
    }

    void Check(string name, PackedMatrix matrix)
    {
        if (!format.CanEncode() || matrix.Columns % format.BlockElements() != 0)
        {
            throw new InputException($"{name} of {matrix.Columns} columns cannot be rounded to {format.Name()}", "qat", "choose a format whose blocks divide the columns: Q4_0, Q8_0, F16…");
        }
    }

    void Add(PackedMatrix seen, MemoryAccount account)
    {
        PackedMatrix master = PackedMatrix.Zeros(seen.Rows, seen.Columns, MemoryKind.Weights, account);
        float[] row = new float[seen.Columns];
        for (int r = 0; r < seen.Rows; r++)
        {
            seen.GetRow(r, row);
            master.SetRow(r, row);
        }
        for (int first = 0; first < seen.Rows; first += ChunkRows)
        {
            chunks.Add((matrices.Count, first));
        }
        matrices.Add((master, seen));
        masters.Add(seen, master);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((PackedMatrix master, _) in matrices)
        {
            master.Dispose();
        }
    }
}
