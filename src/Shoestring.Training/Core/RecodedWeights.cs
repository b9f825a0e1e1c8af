using System.Buffers;
using System.Runtime.InteropServices;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>A model file of which some matrices are seen in another format: F32 where they learn, the base's where they are frozen.</summary>
/// <param name="source">The file, which must stay open and is not closed with this.</param>
/// <param name="formatOf">The format that a matrix is seen in.</param>
sealed class RecodedWeights(ModelFile source, Func<TensorEntry, TensorFormat> formatOf) : ModelFile
{
    readonly Dictionary<string, TensorEntry> entries = source.Tensors.ToDictionary(entry => entry.Name, entry => Seen(entry, formatOf), StringComparer.Ordinal);

    static TensorEntry Seen(TensorEntry entry, Func<TensorEntry, TensorFormat> formatOf)
    {
        TensorFormat format = entry.Shape.Rows == 1 ? entry.Format : formatOf(entry);
        return format == entry.Format ? entry : entry with { Format = format, Bytes = format.TensorBytes(entry.Shape) };
    }

    public override string Path => source.Path;

    public override long FileBytes => source.FileBytes;

    public override IReadOnlyList<TensorEntry> Tensors => [.. entries.Values];

    public override TensorEntry? Find(string name) => entries.GetValueOrDefault(name);

    public override void Read(TensorEntry tensor, long offset, Span<byte> destination)
    {
        TensorEntry original = source.Find(tensor.Name)!;
        if (original.Format == tensor.Format)
        {
            source.Read(original, offset, destination);
            return;
        }
        int columns = checked((int)original.Shape.Columns);
        long rowBytes = original.Format.RowBytes(columns), seenBytes = tensor.Format.RowBytes(columns);
        (long first, long rest) = Math.DivRem(offset, seenBytes);
        int rows = (int)(destination.Length / seenBytes);
        if (rest != 0 || rows * seenBytes != destination.Length)
        {
            throw new ArgumentException($"{destination.Length} bytes from {offset} of {tensor.Name} are not whole rows of {seenBytes}", nameof(offset));
        }
        byte[] bytes = ArrayPool<byte>.Shared.Rent(checked((int)(rows * rowBytes)));
        try
        {
            Span<byte> read = bytes.AsSpan(0, (int)(rows * rowBytes));
            source.Read(original, first * rowBytes, read);
            Recode(original.Format, read, tensor.Format, destination, rows, columns);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    static void Recode(TensorFormat from, ReadOnlySpan<byte> source, TensorFormat to, Span<byte> target, int rows, int columns)
    {
        if (to == TensorFormat.F32)
        {
            from.Decode(source, MemoryMarshal.Cast<byte, float>(target));
            return;
        }
        float[] values = ArrayPool<float>.Shared.Rent(columns);
        int read = source.Length / rows, written = target.Length / rows;
        for (int row = 0; row < rows; row++)
        {
            from.Decode(source.Slice(row * read, read), values.AsSpan(0, columns));
            to.Encode(values.AsSpan(0, columns), target.Slice(row * written, written));
        }
        ArrayPool<float>.Shared.Return(values);
    }

    public override void Dispose()
    {
        // The file beneath belongs to whoever opened it.
    }
}
