namespace Shoestring.Tensors;

/// <summary>One tensor of a model file: its name and shape, and where its bytes are.</summary>
/// <param name="Name">The name as the file has it.</param>
/// <param name="Shape">Extents, fastest-varying first.</param>
/// <param name="Format">How the elements are stored.</param>
/// <param name="Part">Index of the file of a split model that holds the bytes.</param>
/// <param name="Offset">First byte within that file.</param>
/// <param name="Bytes">Number of bytes.</param>
public sealed record TensorEntry(string Name, TensorShape Shape, TensorFormat Format, int Part, long Offset, long Bytes)
{
    /// <summary>Bytes in the file where they are entropy-coded there, or null.</summary>
    public long? CodedBytes { get; init; }
}

/// <summary>
/// A model on disk, opened for reading: a directory of tensors and the means to read their bytes. All headers, offsets
/// and sizes have been checked against the files' lengths before the constructor returns.
/// </summary>
public abstract class ModelFile : IDisposable
{
    /// <summary>What the user named: a file or a folder.</summary>
    public abstract string Path { get; }

    /// <summary>Bytes on disk, all parts together.</summary>
    public abstract long FileBytes { get; }

    /// <summary>The tensors in file order.</summary>
    public abstract IReadOnlyList<TensorEntry> Tensors { get; }

    /// <summary>Reads <paramref name="destination"/>.Length bytes of a tensor, from byte <paramref name="offset"/> of it.</summary>
    /// <exception cref="ModelFileException">The file ended early or cannot be read.</exception>
    public abstract void Read(TensorEntry tensor, long offset, Span<byte> destination);

    /// <summary>The tensor of that name, or null.</summary>
    public abstract TensorEntry? Find(string name);

    /// <inheritdoc/>
    public abstract void Dispose();
}
