using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>
/// Rewrites tensors in another format with bounded memory: a tensor is a sequence of blocks, cut into pieces that hold
/// whole blocks of every format; a batch of pieces is read in order, decoded and encoded in parallel, and handed on in
/// order. The bytes do not depend on the number of threads.
/// </summary>
sealed class TensorRecoder(ModelFile model, WorkerPool pool, CancellationToken cancellation)
{
    const int PieceElements = 1 << 14;
    const int BatchElements = 1 << 20;

    // Above what a half-precision scale reaches in any format (2.7e8 in Q6_K), below where squared errors overflow, which
    // would store a block as zeros.
    const float LargestInBlocks = 1e9f;

    readonly ModelFile model = model;
    readonly byte[] source = new byte[BatchElements * sizeof(float)];
    readonly byte[] result = new byte[BatchElements * sizeof(float)];
    readonly float[] values = new float[pool.Threads * PieceElements];
    readonly InputException?[] faults = new InputException?[BatchElements / PieceElements];

    /// <summary>Hands on a tensor's bytes in a format, as they are where it has that format already.</summary>
    /// <exception cref="InputException">A value is not finite, or too large for the format.</exception>
    internal void Write(TensorEntry tensor, TensorFormat format, Action<ReadOnlySpan<byte>> write)
    {
        if (format == tensor.Format)
        {
            Copy(tensor, write);
        }
        else
        {
            Recode(tensor, format, write);
        }
    }

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
        for (var first = 0L; first < tensor.Shape.Elements; first += BatchElements)
        {
            cancellation.ThrowIfCancellationRequested();
            var elements = (int)Math.Min(BatchElements, tensor.Shape.Elements - first);
            model.Read(tensor, tensor.Format.RowBytes(first), source.AsSpan(0, (int)tensor.Format.RowBytes(elements)));
            pool.Run(new Batch(this, tensor, first, elements, format), (elements + PieceElements - 1) / PieceElements);

            // The first in the tensor, whichever thread was first.
            if (Array.Find(faults, fault => fault is not null) is { } fault)
            {
                throw fault;
            }

            write(result.AsSpan(0, (int)format.RowBytes(elements)));
        }
    }

    sealed class Batch(TensorRecoder owner, TensorEntry tensor, long first, int elements, TensorFormat format) : ChunkedWork
    {
        public override void Run(int chunk, int worker)
        {
            var start = chunk * PieceElements;
            var count = Math.Min(PieceElements, elements - start);
            owner.faults[chunk] = Recode(start, owner.values.AsSpan(worker * PieceElements, count));
        }

        InputException? Recode(int start, Span<float> values)
        {
            tensor.Format.Decode(Slice(owner.source, tensor.Format, start, values.Length), values);
            if (IndexBeyond(format.BlockElements() > 1 ? LargestInBlocks : float.MaxValue, values) is >= 0 and var bad)
            {
                return float.IsFinite(values[bad]) ? TooLarge(first + start + bad) : NotFinite(first + start + bad, values[bad]);
            }

            var encoded = Slice(owner.result, format, start, values.Length);
            format.Encode(values, encoded);
            format.Decode(encoded, values);
            return IndexBeyond(float.MaxValue, values) is >= 0 and var large ? TooLarge(first + start + large) : null;
        }

        ModelFileException NotFinite(long element, float value) =>
            new($"element {element} of tensor {tensor.Name} is {value}", owner.model.Path, "get the file again: such a model gives no answers");

        InputException TooLarge(long element) => new(
            $"values around element {element} of tensor {tensor.Name} are too large for {format.Name()}", owner.model.Path, "use BF16 or F32");
    }

    static Span<byte> Slice(byte[] bytes, TensorFormat format, int start, int elements) =>
        bytes.AsSpan((int)format.RowBytes(start), (int)format.RowBytes(elements));

    static int IndexBeyond(float largest, ReadOnlySpan<float> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (!(MathF.Abs(values[i]) <= largest))
            {
                return i;
            }
        }

        return -1;
    }
}
