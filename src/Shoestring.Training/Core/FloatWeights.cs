using System.Buffers;
using System.Runtime.InteropServices;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>A model file of which some matrices are seen decoded to F32: those that learn.</summary>
/// <param name="source">The file, which must stay open and is not closed with this.</param>
/// <param name="isDecoded">Which, by the names in the file.</param>
sealed class FloatWeights(ModelFile source, Func<string, bool> isDecoded) : ModelFile
{
    readonly Dictionary<string, TensorEntry> entries = source.Tensors.ToDictionary(entry => entry.Name, entry => Seen(entry, isDecoded), StringComparer.Ordinal);

    static TensorEntry Seen(TensorEntry entry, Func<string, bool> isDecoded) => entry.Shape.Rows == 1 || entry.Format == TensorFormat.F32 || !isDecoded(entry.Name) ? entry
        : entry with { Format = TensorFormat.F32, Bytes = TensorFormat.F32.TensorBytes(entry.Shape) };

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
        long rowBytes = original.Format.RowBytes(original.Shape.Columns), floatBytes = original.Shape.Columns * sizeof(float);
        (long first, long rest) = Math.DivRem(offset, floatBytes);
        int rows = (int)(destination.Length / floatBytes);
        if (rest != 0 || rows * floatBytes != destination.Length)
        {
            throw new ArgumentException($"{destination.Length} bytes from {offset} of {tensor.Name} are not whole rows of {floatBytes}", nameof(offset));
        }
        byte[] bytes = ArrayPool<byte>.Shared.Rent(checked((int)(rows * rowBytes)));
        try
        {
            Span<byte> read = bytes.AsSpan(0, (int)(rows * rowBytes));
            source.Read(original, first * rowBytes, read);
            original.Format.Decode(read, MemoryMarshal.Cast<byte, float>(destination));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    public override void Dispose()
    {
        // The file beneath belongs to whoever opened it.
    }
}
