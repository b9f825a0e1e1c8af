namespace Shoestring.Tensors;

// Matrices of 32-bit floats that are written to: trainable weights, their gradients, the state of optimizers. All of them lie
// alike, [group of 16 outputs][input channel][16 outputs], so what goes element by element never asks where an element is.
public sealed partial class PackedMatrix
{
    /// <summary>A matrix of zeros in <see cref="TensorFormat.F32"/>, in memory of its own.</summary>
    /// <param name="rows">Output channels.</param>
    /// <param name="columns">Input channels.</param>
    /// <param name="kind">What it is held for.</param>
    /// <param name="account">Who counts it.</param>
    public static PackedMatrix Zeros(int rows, int columns, MemoryKind kind, MemoryAccount account)
    {
        PackedLayout layout = LayoutOfZeros(rows, columns);
        return new PackedMatrix(layout, rows, NativeArena.Alone(HeldBytesOf(layout, rows), kind, account));
    }

    /// <summary>A matrix of zeros in <see cref="TensorFormat.F32"/>, beside others in an arena.</summary>
    public static PackedMatrix Zeros(int rows, int columns, NativeArena arena)
    {
        PackedLayout layout = LayoutOfZeros(rows, columns);
        return new PackedMatrix(layout, rows, arena.Take(HeldBytesOf(layout, rows)));
    }

    /// <summary>Bytes that a matrix of <see cref="TensorFormat.F32"/> holds, padding to whole groups included.</summary>
    public static long ZerosBytes(int rows, int columns) => HeldBytesOf(LayoutOfZeros(rows, columns), rows);

    /// <summary>
    /// How many floats <see cref="Values"/> and <see cref="ValuesAt"/> reach, in the order in which they lie: padding, which stays
    /// zero, included.
    /// </summary>
    public long ValueCount => Format == TensorFormat.F32 ? HeldBytes / sizeof(float) : 0;

    /// <summary>All floats of a matrix of <see cref="TensorFormat.F32"/> in the order in which they lie.</summary>
    /// <exception cref="InvalidOperationException">The matrix is of another format, or too large for one span.</exception>
    public Span<float> Values => ValueCount <= int.MaxValue
        ? ValuesAt(0, (int)ValueCount)
        : throw new InvalidOperationException($"{ValueCount} floats are more than a span holds: take them piece by piece by {nameof(ValuesAt)}");

    /// <summary>The floats [<paramref name="first"/>, +<paramref name="count"/>) of a matrix of <see cref="TensorFormat.F32"/>.</summary>
    /// <exception cref="InvalidOperationException">The matrix is of another format.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The range does not lie within the matrix.</exception>
    public unsafe Span<float> ValuesAt(long first, int count)
    {
        RequireFloats();
        if (first < 0 || count < 0 || first > ValueCount - count)
        {
            throw new ArgumentOutOfRangeException(nameof(first), $"[{first}, +{count}) is outside a matrix that holds {ValueCount} floats");
        }
        return new Span<float>((float*)memory.Pointer + first, count);
    }

    /// <summary>Writes row <paramref name="row"/> of a matrix of <see cref="TensorFormat.F32"/>. <paramref name="values"/>: <c>[input]</c></summary>
    /// <exception cref="InvalidOperationException">The matrix is of another format.</exception>
    /// <exception cref="ArgumentException">There is no such row, or the values are not one for each input.</exception>
    public unsafe void SetRow(int row, ReadOnlySpan<float> values)
    {
        RequireFloats();
        CheckRow(row, values.Length);
        float* element = (float*)Group(row / PackedLayout.GroupRows) + row % PackedLayout.GroupRows;
        for (int c = 0; c < values.Length; c++)
        {
            element[(long)c * PackedLayout.GroupRows] = values[c];
        }
    }

    /// <summary>Reads row <paramref name="row"/> of a matrix of <see cref="TensorFormat.F32"/>. <paramref name="values"/>: <c>[input]</c></summary>
    /// <exception cref="InvalidOperationException">The matrix is of another format.</exception>
    /// <exception cref="ArgumentException">There is no such row, or the values are not one for each input.</exception>
    public unsafe void GetRow(int row, Span<float> values)
    {
        RequireFloats();
        CheckRow(row, values.Length);
        float* element = (float*)Group(row / PackedLayout.GroupRows) + row % PackedLayout.GroupRows;
        for (int c = 0; c < values.Length; c++)
        {
            values[c] = element[(long)c * PackedLayout.GroupRows];
        }
    }

    void CheckRow(int row, int values)
    {
        if ((uint)row >= (uint)Rows || values != Columns)
        {
            throw new ArgumentException($"row {row} of {values} values in a matrix [{Rows}, {Columns}]", nameof(row));
        }
    }

    internal void RequireFloats()
    {
        if (Format != TensorFormat.F32)
        {
            throw new InvalidOperationException($"only a matrix of {TensorFormat.F32} is written to, this one is of {Format}");
        }
    }

    static PackedLayout LayoutOfZeros(int rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        return new PackedLayout(TensorFormat.F32, columns);
    }

    static long HeldBytesOf(PackedLayout layout, int rows) => layout.GroupBytes * ((rows + PackedLayout.GroupRows - 1) / PackedLayout.GroupRows);
}
