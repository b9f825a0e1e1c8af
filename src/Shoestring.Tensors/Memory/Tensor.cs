namespace Shoestring.Tensors;

/// <summary>
/// A handle to a matrix of 32-bit floats, <c>[row, channel]</c>, within a buffer. Layers pass handles around and call
/// operations; only this assembly opens them to memory, so that another device can stand behind the same handles.
/// </summary>
/// <param name="Buffer">The memory.</param>
/// <param name="Offset">Byte offset of element [0, 0].</param>
/// <param name="Rows">Number of rows.</param>
/// <param name="Columns">Number of channels.</param>
/// <param name="Stride">Elements from one row to the next, at least <paramref name="Columns"/>.</param>
public readonly record struct Tensor(NativeBuffer Buffer, long Offset, int Rows, int Columns, int Stride)
{
    /// <summary>A matrix whose rows follow each other without gaps.</summary>
    public Tensor(NativeBuffer buffer, long offset, int rows, int columns) : this(buffer, offset, rows, columns, columns)
    {
    }

    /// <summary>The rows [<paramref name="first"/>, +<paramref name="count"/>).</summary>
    public Tensor Slice(int first, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first + count, Rows, nameof(count));
        return this with { Offset = Offset + (long)first * Stride * sizeof(float), Rows = count };
    }

    /// <summary>The channels [<paramref name="first"/>, +<paramref name="count"/>) of every row.</summary>
    public Tensor Channels(int first, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first + count, Columns, nameof(count));
        return this with { Offset = Offset + (long)first * sizeof(float), Columns = count };
    }

    /// <summary>Row <paramref name="row"/> as a span, for sampling and tests. <c>[channel]</c></summary>
    public Span<float> Row(int row)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Rows);
        return Buffer.Span<float>(Offset + (long)row * Stride * sizeof(float), Columns);
    }

    internal unsafe float* Pointer => (float*)(Buffer.Pointer + Offset);

    internal unsafe float* RowPointer(int row) => (float*)(Buffer.Pointer + Offset) + (long)row * Stride;
}
