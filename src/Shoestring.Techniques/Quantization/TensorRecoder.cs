using System.Buffers;
using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>
/// Rewrites tensors in another format with bounded memory: a tensor is a sequence of blocks, cut into pieces that hold
/// whole blocks of every format; a batch of pieces is read in order, decoded and encoded in parallel, and handed on in
/// order. The bytes do not depend on the number of threads.
/// </summary>
sealed class TensorRecoder(ModelFile model, int threads, CancellationToken cancellation)
{
    const int PieceElements = 1 << 16;
    const int PiecesPerBatch = 16;

    readonly byte[] source = new byte[PiecesPerBatch * PieceElements * sizeof(float)];
    readonly byte[] result = new byte[PiecesPerBatch * PieceElements * sizeof(float)];
    readonly ParallelOptions parallel = new() { MaxDegreeOfParallelism = threads, CancellationToken = cancellation };

    /// <summary>Hands on a tensor's bytes as they are.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="write">Takes the next bytes.</param>
    internal void Copy(TensorEntry tensor, Action<ReadOnlySpan<byte>> write)
    {
        for (var offset = 0L; offset < tensor.Bytes; offset += source.Length)
        {
            cancellation.ThrowIfCancellationRequested();
            var part = source.AsSpan(0, (int)Math.Min(source.Length, tensor.Bytes - offset));
            model.Read(tensor, offset, part);
            write(part);
        }
    }

    /// <summary>Hands on a tensor's bytes in another format.</summary>
    /// <param name="tensor">The tensor, whose rows must hold whole blocks of <paramref name="format"/>.</param>
    /// <param name="format">The new format.</param>
    /// <param name="write">Takes the next bytes.</param>
    /// <exception cref="InputException">A value is not finite, or too large for the format.</exception>
    internal void Recode(TensorEntry tensor, TensorFormat format, Action<ReadOnlySpan<byte>> write)
    {
        const long BatchElements = (long)PiecesPerBatch * PieceElements;
        for (var first = 0L; first < tensor.Shape.Elements; first += BatchElements)
        {
            var elements = (int)Math.Min(BatchElements, tensor.Shape.Elements - first);
            model.Read(tensor, tensor.Format.RowBytes(first), source.AsSpan(0, (int)tensor.Format.RowBytes(elements)));
            RecodeBatch(tensor, first, elements, format);
            write(result.AsSpan(0, (int)format.RowBytes(elements)));
        }
    }

    void RecodeBatch(TensorEntry tensor, long first, int elements, TensorFormat format)
    {
        var pieces = (elements + PieceElements - 1) / PieceElements;
        var faults = new InputException?[pieces];
        Parallel.For(0, pieces, parallel, piece =>
        {
            var start = piece * PieceElements;
            faults[piece] = RecodePiece(tensor, first, start, Math.Min(PieceElements, elements - start), format);
        });

        // The first in the tensor, whichever thread was first.
        if (Array.Find(faults, fault => fault is not null) is { } fault)
        {
            throw fault;
        }
    }

    InputException? RecodePiece(TensorEntry tensor, long first, int start, int elements, TensorFormat format)
    {
        var buffer = ArrayPool<float>.Shared.Rent(PieceElements);
        try
        {
            var values = buffer.AsSpan(0, elements);
            var encoded = Slice(result, format, start, elements);
            tensor.Format.Decode(Slice(source, tensor.Format, start, elements), values);
            if (IndexOfNonFinite(values) is >= 0 and var broken)
            {
                return NotFinite(tensor, first + start + broken, values[broken]);
            }

            format.Encode(values, encoded);
            format.Decode(encoded, values);
            return IndexOfNonFinite(values) is >= 0 and var large ? TooLarge(tensor, first + start + large, format) : null;
        }
        finally
        {
            ArrayPool<float>.Shared.Return(buffer);
        }
    }

    static Span<byte> Slice(byte[] bytes, TensorFormat format, int start, int elements) =>
        bytes.AsSpan((int)format.RowBytes(start), (int)format.RowBytes(elements));

    static int IndexOfNonFinite(ReadOnlySpan<float> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]))
            {
                return i;
            }
        }

        return -1;
    }

    ModelFileException NotFinite(TensorEntry tensor, long element, float value) =>
        new($"element {element} of tensor {tensor.Name} is {value}", model.Path, "get the file again: such a model gives no answers");

    InputException TooLarge(TensorEntry tensor, long element, TensorFormat format) =>
        new($"values around element {element} of tensor {tensor.Name} are too large for {format.Name()}", model.Path, "use BF16, or another format for this tensor");
}
