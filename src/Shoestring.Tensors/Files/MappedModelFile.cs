namespace Shoestring.Tensors;

/// <summary>
/// A model whose tensors lie as plain bytes in one or more files. Reading by position and reading through a mapping may
/// be mixed and done from several threads at once.
/// </summary>
public abstract class MappedModelFile : ModelFile
{
    readonly ByteSource[] parts;
    readonly TensorEntry[] tensors;
    readonly Dictionary<string, TensorEntry> byName;

    /// <summary>Takes ownership of <paramref name="parts"/> once the directory has been found sound.</summary>
    internal MappedModelFile(string path, ByteSource[] parts, IReadOnlyCollection<TensorEntry> tensors)
    {
        Path = path;
        this.parts = parts;
        this.tensors = [.. tensors];
        byName = TensorDirectory.Index(path, this.tensors);
        TensorDirectory.CheckPlaces(parts, this.tensors);
        FileBytes = parts.Sum(part => part.Length);
    }

    /// <inheritdoc/>
    public override string Path { get; }

    /// <inheritdoc/>
    public override long FileBytes { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<TensorEntry> Tensors => tensors;

    /// <inheritdoc/>
    public override TensorEntry? Find(string name) => byName.GetValueOrDefault(name);

    /// <inheritdoc/>
    public override void Read(TensorEntry tensor, long offset, Span<byte> destination)
    {
        CheckWithin(tensor, offset, destination.Length);
        parts[tensor.Part].Read(tensor.Offset + offset, destination);
    }

    /// <summary>
    /// The bytes of a tensor, seen in place. The span must not be used after <see cref="Dispose"/>, its pages count as
    /// resident once touched, and a file that another program cuts short meanwhile ends the process: a loader that copies
    /// should call <see cref="Read"/>, which has none of the three.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The tensor has more than 2³¹ − 1 bytes: map it in pieces.</exception>
    public ReadOnlySpan<byte> Map(TensorEntry tensor) =>
        tensor.Bytes <= int.MaxValue
            ? Map(tensor, 0, (int)tensor.Bytes)
            : throw new ArgumentOutOfRangeException(nameof(tensor), tensor.Bytes, "longer than a span: map it in pieces");

    /// <summary>Bytes [<paramref name="offset"/>, <paramref name="offset"/> + <paramref name="length"/>) of a tensor, seen in place.</summary>
    public virtual ReadOnlySpan<byte> Map(TensorEntry tensor, long offset, int length)
    {
        CheckWithin(tensor, offset, length);
        return parts[tensor.Part].Map(tensor.Offset + offset, length);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        foreach (var part in parts)
        {
            part.Dispose();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>The files.</summary>
    internal IReadOnlyList<ByteSource> Parts => parts;

    /// <summary>Builds a file from opened parts, disposing of them if that fails.</summary>
    internal static T Guard<T>(IEnumerable<ByteSource> parts, Func<T> build)
    {
        try
        {
            return build();
        }
        catch
        {
            foreach (var part in parts)
            {
                part.Dispose();
            }

            throw;
        }
    }

    void CheckWithin(TensorEntry tensor, long offset, long length)
    {
        if (offset < 0 || length < 0 || offset > tensor.Bytes - length || (uint)tensor.Part >= (uint)parts.Length)
        {
            throw new ArgumentOutOfRangeException(
                nameof(offset), $"bytes {offset} to {offset + length} of {tensor.Name}, which has {tensor.Bytes}");
        }
    }
}
