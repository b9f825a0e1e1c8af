using System.Text.Json;

namespace Shoestring.Tensors;

/// <summary>Walks the JSON of a safetensors header.</summary>
/// <param name="json">The header without its length.</param>
/// <param name="data">Where in the file the tensors' bytes begin.</param>
/// <param name="file">The file.</param>
/// <param name="part">Which shard it is.</param>
ref struct SafetensorsHeaderReader(ReadOnlySpan<byte> json, long data, ByteSource file, int part)
{
    const int MaxDepth = 8;

    /// <summary>Most bytes of free-form metadata believed.</summary>
    const int MaxMetadataBytes = 16 << 20;

    readonly List<TensorEntry> tensors = [];
    readonly List<UnreadTensor> unread = [];
    readonly Dictionary<string, string> metadata = new(StringComparer.Ordinal);
    Utf8JsonReader reader = new(json, new JsonReaderOptions { MaxDepth = MaxDepth });

    public SafetensorsHeader Read()
    {
        reader.Read();
        Expect(JsonTokenType.StartObject, "the header");
        while (NextProperty())
        {
            if (reader.ValueTextEquals("__metadata__"u8))
            {
                ReadMetadata();
            }
            else
            {
                ReadTensor();
            }
        }

        // Anything but white space after the object is an error that only a further read reveals.
        reader.Read();
        return new SafetensorsHeader(tensors, unread, metadata);
    }

    void ReadMetadata()
    {
        reader.Read();
        Expect(JsonTokenType.StartObject, "__metadata__");
        var start = reader.BytesConsumed;
        while (NextProperty())
        {
            var key = reader.GetString()!;
            reader.Read();
            Expect(JsonTokenType.String, "a value of __metadata__");
            if (reader.BytesConsumed - start > MaxMetadataBytes)
            {
                throw Fault($"__metadata__ has more than {MaxMetadataBytes} bytes");
            }

            metadata[key] = reader.GetString()!;
        }
    }

    void ReadTensor()
    {
        var name = Name();
        string? type = null;
        Span<long> shape = stackalloc long[16];
        Span<long> offsets = stackalloc long[2];
        int rank = -1, ends = -1;
        reader.Read();
        Expect(JsonTokenType.StartObject, name);
        while (NextProperty())
        {
            if (reader.ValueTextEquals("dtype"u8))
            {
                type = ReadType(name);
            }
            else if (reader.ValueTextEquals("shape"u8))
            {
                rank = ReadNumbers(name, shape);
            }
            else if (reader.ValueTextEquals("data_offsets"u8))
            {
                ends = ReadNumbers(name, offsets);
            }
            else
            {
                reader.Skip();
            }
        }

        if (type is null || rank < 0 || ends != 2)
        {
            throw Fault($"tensor '{Printable.Text(name)}' lacks its dtype, shape or two data_offsets");
        }

        Add(name, type, shape[..rank], offsets[0], offsets[1]);
    }

    readonly string Name() =>
        reader.ValueSpan.Length <= TensorDirectory.MaxNameBytes && tensors.Count + unread.Count < TensorDirectory.MaxTensors
            ? reader.GetString()!
            : throw Fault($"it has more than {TensorDirectory.MaxTensors} tensors, or a name of more than {TensorDirectory.MaxNameBytes} bytes");

    string ReadType(string name)
    {
        reader.Read();
        Expect(JsonTokenType.String, name);
        return reader.ValueSpan.Length <= 32 ? reader.GetString()! : throw Fault($"tensor '{Printable.Text(name)}' has a dtype of no known form");
    }

    int ReadNumbers(string name, scoped Span<long> numbers)
    {
        reader.Read();
        Expect(JsonTokenType.StartArray, name);
        var count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            Expect(JsonTokenType.Number, name);
            if (count == numbers.Length || !reader.TryGetInt64(out numbers[count]) || numbers[count++] < 0)
            {
                throw Fault($"tensor '{Printable.Text(name)}' has a number that is negative, broken or one too many");
            }
        }

        return count;
    }

    readonly void Add(string name, string type, ReadOnlySpan<long> shape, long begin, long end)
    {
        if (begin > end || end > file.Length - data)
        {
            throw Fault($"tensor '{Printable.Text(name)}' should lie at bytes {begin} to {end} of {file.Length - data}");
        }

        if (Reason(type, shape) is { } reason)
        {
            unread.Add(new UnreadTensor(name, reason) { Type = type, Part = part, Offset = data + begin, Bytes = end - begin });
            return;
        }

        // The file's shapes are row-major, ours begin with the fastest-varying extent.
        var fastestFirst = new TensorShape(At(shape, 1), At(shape, 2), At(shape, 3), At(shape, 4));
        var format = Format(type)!.Value;
        if (TensorDirectory.Bytes(format, fastestFirst) != end - begin)
        {
            throw Fault($"tensor '{Printable.Text(name)}' of {type} {fastestFirst} cannot have {end - begin} bytes");
        }

        tensors.Add(new TensorEntry(name, fastestFirst, format, part, data + begin, end - begin));
    }

    static long At(ReadOnlySpan<long> shape, int fromEnd) => fromEnd <= shape.Length ? shape[^fromEnd] : 1;

    static string? Reason(string type, ReadOnlySpan<long> shape) =>
        Format(type) is null ? $"has dtype {Printable.Text(type)}; F32, F16 and BF16 are read"
        : shape.Length > 4 ? $"has {shape.Length} dimensions; up to 4 are read"
        : shape.Contains(0) ? "is empty"
        : null;

    static TensorFormat? Format(string type) => type switch
    {
        "F32" => TensorFormat.F32,
        "F16" => TensorFormat.F16,
        "BF16" => TensorFormat.BF16,
        _ => null,
    };

    bool NextProperty() => reader.Read() && reader.TokenType == JsonTokenType.PropertyName;

    readonly void Expect(JsonTokenType type, string where)
    {
        if (reader.TokenType != type)
        {
            throw Fault($"'{Printable.Text(where)}' has {reader.TokenType} where {type} belongs");
        }
    }

    readonly ModelFileException Fault(string what) => SafetensorsHeader.Corrupt(what, file.Name);
}
