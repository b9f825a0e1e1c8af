using System.Runtime.InteropServices;
using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>A tensor as GGUF has it, read from another file's bytes as they are asked for.</summary>
abstract class ConvertedTensor(TensorEntry entry)
{
    /// <summary>Name, shape and format in GGUF; part and offset mean nothing.</summary>
    public TensorEntry Entry { get; } = entry;

    /// <summary>Fills <paramref name="destination"/> from byte <paramref name="offset"/> of the tensor on; bounds are checked before.</summary>
    public abstract void Read(long offset, Span<byte> destination);

    /// <summary>An entry of that name; its part and offset are no one's.</summary>
    protected static TensorEntry Named(string name, TensorShape shape, TensorFormat format) =>
        new(name, shape, format, 0, 0, format.TensorBytes(shape));
}

/// <summary>The same bytes under another name.</summary>
sealed class PlainTensor(ModelFile file, TensorEntry source, string name) : ConvertedTensor(source with { Name = name })
{
    public override void Read(long offset, Span<byte> destination) => file.Read(source, offset, destination);
}

/// <summary>Values that are worked out.</summary>
sealed class ValueTensor(string name, float[] values) : ConvertedTensor(Named(name, new(values.Length), TensorFormat.F32))
{
    public override void Read(long offset, Span<byte> destination) =>
        MemoryMarshal.AsBytes(values.AsSpan()).Slice((int)offset, destination.Length).CopyTo(destination);
}

/// <summary>A vector in F32, as norms and biases are in GGUF; with the order of rows that its matrix has.</summary>
sealed class VectorTensor(ModelFile file, TensorEntry source, string name, HeadRows? order = null)
    : ConvertedTensor(Named(name, source.Shape, TensorFormat.F32))
{
    // Whole: a vector is small beside any matrix, and its length was held against the configuration.
    public override void Read(long offset, Span<byte> destination)
    {
        byte[] bytes = new byte[source.Bytes];
        file.Read(source, 0, bytes);
        float[] values = new float[source.Shape.Elements];
        source.Format.Decode(bytes, values);
        float[] ordered = order is { } rows ? [.. values.Select((_, row) => values[rows.SourceOf(row)])] : values;
        MemoryMarshal.AsBytes(ordered.AsSpan()).Slice((int)offset, destination.Length).CopyTo(destination);
    }
}
