namespace Shoestring.Tensors;

/// <summary>
/// A GGUF model, version 2 or 3, in one file or split over several (ggml-org/ggml, docs/gguf.md). Metadata stays valid
/// after the file is closed.
/// </summary>
public sealed class GgufFile : MappedModelFile
{
    readonly Dictionary<string, CodedTensor> coded = new(StringComparer.Ordinal);
    readonly TensorEntry[] tensors;

    GgufFile(string path, ByteSource[] parts, GgufMetadata metadata, List<TensorEntry> stored)
        : base(path, parts, stored)
    {
        Metadata = metadata;
        foreach (var tensor in stored.Where(tensor => tensor.Format == CodedTensor.Stored))
        {
            coded.Add(tensor.Name, CodedTensor.Open(parts[tensor.Part], tensor));
        }

        tensors = [.. stored.Select(tensor => coded.TryGetValue(tensor.Name, out var own) ? own.Entry : tensor)];
    }

    /// <summary>The tensors in file order; entropy-coded ones as they were before coding, which is how they are read too.</summary>
    public override IReadOnlyList<TensorEntry> Tensors => tensors;

    /// <inheritdoc/>
    public override TensorEntry? Find(string name) => coded.TryGetValue(name, out var own) ? own.Entry : base.Find(name);

    /// <inheritdoc/>
    public override void Read(TensorEntry tensor, long offset, Span<byte> destination)
    {
        if (coded.TryGetValue(tensor.Name, out var own))
        {
            own.Read(offset, destination);
            return;
        }

        base.Read(tensor, offset, destination);
    }

    /// <summary>Bytes of a tensor, seen in place, or decoded into memory of their own where the tensor is entropy-coded.</summary>
    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Map(TensorEntry tensor, long offset, int length)
    {
        if (!coded.TryGetValue(tensor.Name, out var own))
        {
            return base.Map(tensor, offset, length);
        }

        var bytes = new byte[length];
        own.Read(offset, bytes);
        return bytes;
    }

    /// <summary>The metadata; of a split model that of its first part, without the keys about the split.</summary>
    public GgufMetadata Metadata { get; }

    /// <summary>Opens a model. Naming the first part of a split model opens all parts.</summary>
    /// <exception cref="ModelFileException">
    /// A file is missing, truncated, corrupt, big-endian, of another version, or holds a tensor type that is not read.
    /// </exception>
    public static GgufFile Open(string path)
    {
        var parts = new List<ByteSource>();
        return Guard(parts, () =>
        {
            parts.Add(FileByteSource.Open(path));
            var first = GgufHeader.Read(parts[0], 0);
            var tensors = GgufSplit.OpenOthers(path, first, parts);
            return new GgufFile(path, [.. parts], GgufSplit.Joined(first.Metadata), tensors);
        });
    }

    /// <summary>Opens a model held in memory, which is not copied.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="name">What messages call it.</param>
    public static GgufFile Open(ReadOnlyMemory<byte> bytes, string name) => Open(new MemoryByteSource(bytes, name));

    /// <summary>Opens a model from a stream: an embedded resource in place, any other by reading it to its end.</summary>
    public static GgufFile Open(Stream stream, string name) => Open(MemoryByteSource.From(stream, name));

    static GgufFile Open(MemoryByteSource source)
    {
        var header = GgufHeader.Read(source, 0);
        GgufSplit.RefuseSplit(source.Name, header);
        return new GgufFile(source.Name, [source], header.Metadata, header.Tensors);
    }
}
