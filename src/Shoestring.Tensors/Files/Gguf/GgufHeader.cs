namespace Shoestring.Tensors;

/// <summary>What the header of one GGUF file says.</summary>
/// <param name="Metadata">Values by key.</param>
/// <param name="Tensors">Tensors with their places in the file.</param>
sealed record GgufHeader(GgufMetadata Metadata, List<TensorEntry> Tensors)
{
    /// <summary>Longest header believed: a vocabulary of 262,144 pieces with its merges takes some 16 MB.</summary>
    const int MaxBytes = 128 << 20;
    const int MaxKeys = 8192;

    /// <summary>Longest key believed.</summary>
    public const int MaxKeyBytes = 1024;

    const int DefaultAlignment = 32;

    /// <summary>Smallest encodings: key length, one letter, type, one byte; name length, one letter, rank, extent, type, offset.</summary>
    const int LeastKeyBytes = 8 + 1 + 4 + 1;
    const int LeastTensorBytes = 8 + 1 + 4 + 8 + 4 + 8;

    /// <summary>Reads and checks the header of <paramref name="file"/>, which is part <paramref name="part"/> of a model.</summary>
    public static GgufHeader Read(ByteSource file, int part)
    {
        var start = (int)Math.Min(file.Length, MaxBytes);
        var (keys, tensors, end) = file.ParseStart(start, bytes => Parse(bytes, file.Name));
        var metadata = ReadMetadata(file, keys, end);
        var alignment = Alignment(metadata, file.Name);
        var data = AlignUp(end, alignment);
        return new GgufHeader(metadata, tensors.ConvertAll(tensor => Placed(tensor, data, part, file.Name, alignment)));
    }

    /// <summary>The alignment of tensor data, checked.</summary>
    public static uint Alignment(GgufMetadata metadata, string where)
    {
        var alignment = metadata.GetLong("general.alignment", DefaultAlignment);
        return alignment is >= 8 and <= 1 << 30 && long.IsPow2(alignment)
            ? (uint)alignment
            : throw new ModelFileException($"general.alignment is {alignment}", where, "it must be a power of two of at least 8");
    }

    /// <summary>The next multiple.</summary>
    public static long AlignUp(long offset, uint alignment) => (offset + alignment - 1) & -(long)alignment;

    static (List<KeyPlace> Keys, List<TensorPlace> Tensors, int End) Parse(ReadOnlySpan<byte> bytes, string where)
    {
        var cursor = new GgufCursor(bytes, where);
        CheckVersion(ref cursor);
        cursor.Reading = "the tensor count";
        var tensorCount = cursor.Count(LeastTensorBytes, TensorDirectory.MaxTensors);
        cursor.Reading = "the metadata count";
        var keyCount = cursor.Count(LeastKeyBytes, MaxKeys);
        var keys = new List<KeyPlace>(keyCount);
        for (var i = 0; i < keyCount; i++)
        {
            keys.Add(Key(ref cursor));
        }

        var tensors = new List<TensorPlace>(tensorCount);
        for (var i = 0; i < tensorCount; i++)
        {
            tensors.Add(Tensor(ref cursor));
        }

        return (keys, tensors, cursor.Position);
    }

    static void CheckVersion(ref GgufCursor cursor)
    {
        if (!cursor.Take(4).SequenceEqual("GGUF"u8))
        {
            throw cursor.Fault("it does not begin with GGUF");
        }

        var version = cursor.UInt32();
        if (version is not (2 or 3))
        {
            throw new ModelFileException(
                (version & 0xFFFF) == 0 ? "the file is big-endian" : $"its GGUF version is {version}",
                cursor.Where,
                "only little-endian files of version 2 and 3 are read: convert it again");
        }
    }

    static KeyPlace Key(ref GgufCursor cursor)
    {
        cursor.Reading = "a metadata key";
        var name = cursor.Name(MaxKeyBytes);
        cursor.Reading = name;
        var type = cursor.Type();
        var start = cursor.Position;
        cursor.Skip(type);
        return new KeyPlace(name, type, start, cursor.Position - start);
    }

    static TensorPlace Tensor(ref GgufCursor cursor)
    {
        cursor.Reading = "a tensor";
        var name = cursor.Name(TensorDirectory.MaxNameBytes);
        cursor.Reading = name;
        var rank = cursor.UInt32();
        if (rank > 4)
        {
            throw cursor.Fault($"tensor '{Printable.Text(name)}' has {rank} dimensions, more than 4");
        }

        Span<long> extents = [1, 1, 1, 1];
        for (var i = 0; i < rank; i++)
        {
            extents[i] = (long)cursor.UInt64();
        }

        return new TensorPlace(name, new TensorShape(extents[0], extents[1], extents[2], extents[3]), cursor.UInt32(), cursor.UInt64());
    }

    static GgufMetadata ReadMetadata(ByteSource file, List<KeyPlace> keys, int end)
    {
        var bytes = file.KeepStart(end);
        var values = new OrderedDictionary<string, GgufValue>(keys.Count, StringComparer.Ordinal);
        foreach (var (name, type, start, length) in keys)
        {
            if (!values.TryAdd(name, new GgufValue(type, bytes.Slice(start, length), name, file.Name)))
            {
                throw new ModelFileException($"metadata key '{Printable.Text(name)}' stands twice", file.Name, "write the file again");
            }
        }

        return new GgufMetadata(values, file.Name);
    }

    static TensorEntry Placed(TensorPlace tensor, long data, int part, string where, uint alignment)
    {
        var format = (TensorFormat)tensor.Type;
        if (!format.IsKnown() && format != CodedTensor.Stored)
        {
            throw new ModelFileException(
                $"tensor '{Printable.Text(tensor.Name)}' has type {tensor.Type} ({GgmlTypeNames.Of(tensor.Type)}), which is not read",
                where,
                $"re-quantize to one of {string.Join(", ", Enum.GetNames<TensorFormat>())}");
        }

        var bytes = TensorDirectory.Bytes(format, tensor.Shape);
        if (bytes < 0)
        {
            throw Corrupt($"tensor '{Printable.Text(tensor.Name)}' cannot have shape {tensor.Shape} in {format}", where);
        }

        return tensor.Offset <= long.MaxValue / 2 && tensor.Offset % alignment == 0
            ? new TensorEntry(tensor.Name, tensor.Shape, format, part, data + (long)tensor.Offset, bytes)
            : throw Corrupt($"tensor '{Printable.Text(tensor.Name)}' is at offset {tensor.Offset}, no multiple of {alignment} within the file", where);
    }

    static ModelFileException Corrupt(string what, string where) => new(what, where, "the file is corrupt: fetch or write it again");

    readonly record struct KeyPlace(string Name, GgufType Type, int Start, int Length);

    readonly record struct TensorPlace(string Name, TensorShape Shape, uint Type, ulong Offset);
}
