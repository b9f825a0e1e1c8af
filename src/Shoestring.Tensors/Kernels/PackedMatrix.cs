using System.Buffers;

namespace Shoestring.Tensors;

/// <summary>
/// A weight matrix <c>[outputs, inputs]</c> in any format, laid out for the kernels (<see cref="PackedLayout"/>). It is
/// read from its file group by group, so that the packed copy is the only one that ever stands in memory.
/// </summary>
public sealed partial class PackedMatrix : IDisposable
{
    readonly NativeSlice memory;

    PackedMatrix(PackedLayout layout, int rows, NativeSlice memory)
    {
        Layout = layout;
        Rows = rows;
        this.memory = memory;
    }

    /// <summary>How the bytes lie.</summary>
    public PackedLayout Layout { get; }

    /// <summary>The format.</summary>
    public TensorFormat Format => Layout.Format;

    /// <summary>Output channels.</summary>
    public int Rows { get; }

    /// <summary>Input channels.</summary>
    public int Columns => Layout.Columns;

    /// <summary>Groups of 16 rows, the last possibly padded with zeros.</summary>
    public int Groups => (Rows + PackedLayout.GroupRows - 1) / PackedLayout.GroupRows;

    /// <summary>Bytes of weight data, as the file stores it.</summary>
    public long WeightBytes => Rows * Layout.RowBytes;

    /// <summary>Bytes held in memory, padding included.</summary>
    public long HeldBytes => memory.Bytes;

    internal unsafe byte* Group(int group) => memory.Pointer + group * Layout.GroupBytes;

    /// <summary>Reads and packs a tensor of a model file.</summary>
    /// <exception cref="ModelFileException">The file ended early, or the tensor is not a matrix that fits its format.</exception>
    public static PackedMatrix Load(ModelFile file, TensorEntry tensor, WorkerPool pool, NativeArena arena) =>
        Load(file, tensor, 0, tensor.Shape.Rows, pool, arena);

    /// <summary>Reads and packs rows [<paramref name="firstRow"/>, +<paramref name="rows"/>) of a tensor.</summary>
    public static PackedMatrix Load(ModelFile file, TensorEntry tensor, long firstRow, long rows, WorkerPool pool, NativeArena arena)
    {
        long columns = tensor.Shape.Columns;
        if (columns is <= 0 or > int.MaxValue / 8 || rows is <= 0 or > int.MaxValue / 32 || firstRow + rows > tensor.Shape.Rows
            || columns % tensor.Format.BlockElements() != 0)
        {
            throw new ModelFileException($"tensor {tensor.Name} of shape {tensor.Shape} cannot be a {tensor.Format} weight matrix", file.Path, "the file is damaged: fetch or convert it again");
        }
        PackedLayout layout = new(tensor.Format, (int)columns);
        int groups = (int)((rows + PackedLayout.GroupRows - 1) / PackedLayout.GroupRows);
        NativeSlice memory = arena.Take(layout.GroupBytes * groups);
        try
        {
            PackedMatrix matrix = new(layout, (int)rows, memory);
            LoadWork work = new(file, tensor, firstRow, matrix);
            pool.Run(work, work.Chunks);
            return matrix;
        }
        catch (AggregateException e) when (e.InnerException is InputException inner)
        {
            memory.Dispose();
            throw new ModelFileException(inner.What, inner.Where, inner.Cure, inner);
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    /// <summary>Packs rows that are already in memory, in the file's byte order.</summary>
    public static unsafe PackedMatrix FromBytes(TensorFormat format, int rows, int columns, ReadOnlySpan<byte> bytes, MemoryAccount account)
    {
        PackedLayout layout = new(format, columns);
        if (bytes.Length != rows * layout.RowBytes)
        {
            throw new ArgumentException($"{rows} rows of {columns} {format} are {rows * layout.RowBytes} bytes, got {bytes.Length}", nameof(bytes));
        }
        int groups = (rows + PackedLayout.GroupRows - 1) / PackedLayout.GroupRows;
        NativeArena arena = new(MemoryKind.Weights, account);
        PackedMatrix matrix = new(layout, rows, arena.Take(layout.GroupBytes * groups));
        arena.Close();
        int groupBytes = (int)(PackedLayout.GroupRows * layout.RowBytes);
        byte[] bounce = new byte[groupBytes];
        for (int g = 0; g < groups; g++)
        {
            ReadOnlySpan<byte> part = bytes[(g * groupBytes)..Math.Min(bytes.Length, (g + 1) * groupBytes)];
            bounce.AsSpan(part.Length).Clear();
            part.CopyTo(bounce);
            fixed (byte* p = bounce)
            {
                layout.Pack(p, matrix.Group(g));
            }
        }
        return matrix;
    }

    /// <summary>Copies row <paramref name="row"/> out in the file's byte order. <paramref name="destination"/>: RowBytes.</summary>
    public unsafe void CopyRow(int row, Span<byte> destination)
    {
        if ((uint)row >= (uint)Rows || destination.Length < Layout.RowBytes)
        {
            throw new ArgumentOutOfRangeException(nameof(row), row, $"matrix has {Rows} rows of {Layout.RowBytes} bytes");
        }
        fixed (byte* p = destination)
        {
            Layout.UnpackRow(Group(row / PackedLayout.GroupRows), row % PackedLayout.GroupRows, p);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => memory.Dispose();

    /// <summary>
    /// Chunks of about a megabyte: read into a bounce buffer, then packed. Buffers are lent by the shared pool: new ones for each
    /// matrix would leave megabytes of garbage behind.
    /// </summary>
    sealed class LoadWork : ChunkedWork
    {
        const int ChunkBytes = 1 << 20;
        readonly ModelFile file;
        readonly TensorEntry tensor;
        readonly long firstRow;
        readonly PackedMatrix matrix;
        readonly int groupsPerChunk;
        readonly int groupBytes;

        public LoadWork(ModelFile file, TensorEntry tensor, long firstRow, PackedMatrix matrix)
        {
            (this.file, this.tensor, this.firstRow, this.matrix) = (file, tensor, firstRow, matrix);
            groupBytes = checked((int)(PackedLayout.GroupRows * matrix.Layout.RowBytes));
            groupsPerChunk = Math.Max(1, ChunkBytes / groupBytes);
        }

        public int Chunks => (matrix.Groups + groupsPerChunk - 1) / groupsPerChunk;

        public override void Run(int chunk, int worker)
        {
            byte[] bytes = ArrayPool<byte>.Shared.Rent(groupsPerChunk * groupBytes);
            try
            {
                Load(chunk, bytes);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(bytes);
            }
        }

        unsafe void Load(int chunk, byte[] bytes)
        {
            int first = chunk * groupsPerChunk;
            int count = Math.Min(groupsPerChunk, matrix.Groups - first);
            int rows = Math.Min(count * PackedLayout.GroupRows, matrix.Rows - first * PackedLayout.GroupRows);
            int length = (int)(rows * matrix.Layout.RowBytes);
            file.Read(tensor, (firstRow + (long)first * PackedLayout.GroupRows) * matrix.Layout.RowBytes, bytes.AsSpan(0, length));
            bytes.AsSpan(length, count * groupBytes - length).Clear();
            fixed (byte* p = bytes)
            {
                for (int g = 0; g < count; g++)
                {
                    matrix.Layout.Pack(p + (long)g * groupBytes, matrix.Group(first + g));
                }
            }
        }
    }
}
