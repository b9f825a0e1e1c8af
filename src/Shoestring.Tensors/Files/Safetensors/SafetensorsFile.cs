namespace Shoestring.Tensors;

/// <summary>
/// Weights in safetensors: one file, or the shards that a folder's index names. Shapes are given fastest-varying first,
/// the reverse of what the file says.
/// </summary>
public sealed class SafetensorsFile : MappedModelFile
{
    const string SingleName = "model.safetensors";

    readonly Dictionary<string, UnreadTensor> unread;

    SafetensorsFile(string path, ByteSource[] parts, SafetensorsHeader[] headers)
        : base(path, parts, [.. headers.SelectMany(header => header.Tensors)])
    {
        Metadata = headers[0].Metadata;
        unread = new(StringComparer.Ordinal);
        foreach (var tensor in headers.SelectMany(header => header.Unread))
        {
            if (base.Find(tensor.Name) is not null || !unread.TryAdd(tensor.Name, tensor))
            {
                throw new ModelFileException($"two tensors are named '{Printable.Text(tensor.Name)}'", path, "write the file again");
            }
        }
    }

    /// <summary>The free-form strings of the first file.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Tensors that are there and are not read, because of their type or shape.</summary>
    public IReadOnlyCollection<UnreadTensor> Unread => unread.Values;

    /// <summary>Opens a <c>.safetensors</c> file, an index, or a folder that holds model.safetensors or an index.</summary>
    /// <exception cref="ModelFileException">A file is missing, truncated or corrupt, or the index names what is not there.</exception>
    public static SafetensorsFile Open(string path)
    {
        if (Directory.Exists(path))
        {
            return OpenFolder(path);
        }

        return path.EndsWith(".index.json", StringComparison.Ordinal) ? OpenShards(path, path) : OpenFiles(path, [path]);
    }

    /// <summary>Opens one file held in memory, which is not copied.</summary>
    public static SafetensorsFile Open(ReadOnlyMemory<byte> bytes, string name)
    {
        var source = new MemoryByteSource(bytes, name);
        return new SafetensorsFile(name, [source], [SafetensorsHeader.Read(source, 0)]);
    }

    /// <summary>The tensor of that name, or null where the model has none.</summary>
    /// <exception cref="ModelFileException">The tensor is there and is of a type or shape that is not read.</exception>
    public override TensorEntry? Find(string name) =>
        unread.TryGetValue(name, out var tensor)
            ? throw new ModelFileException($"tensor '{Printable.Text(name)}' {tensor.Reason}", Path, "convert the model to F16 or BF16")
            : base.Find(name);

    /// <summary>
    /// Reads bytes of a tensor of any type, those that <see cref="Find"/> refuses too, for whoever wrote the file and knows what they mean.
    /// </summary>
    /// <param name="name">The tensor.</param>
    /// <param name="type">Its type as the file must have it: F64, U8…</param>
    /// <param name="bytes">How many bytes it must have.</param>
    /// <param name="offset">The first byte that is wanted.</param>
    /// <param name="destination">Where they go.</param>
    /// <exception cref="ModelFileException">There is no such tensor, or it has another type or length.</exception>
    public void ReadRaw(string name, string type, long bytes, long offset, Span<byte> destination)
    {
        (string Type, long Bytes, long Offset, int Part)? found = unread.TryGetValue(name, out var other) ? (other.Type, other.Bytes, other.Offset, other.Part)
            : base.Find(name) is { } tensor ? (tensor.Format.Name(), tensor.Bytes, tensor.Offset, tensor.Part)
            : null;
        if (found is not { } place || place.Type != type || place.Bytes != bytes)
        {
            string what = found is { } wrong ? $"has {wrong.Bytes} bytes of {Printable.Text(wrong.Type)}" : "is not there";
            throw new ModelFileException($"tensor '{Printable.Text(name)}' should have {bytes} bytes of {type} and {what}", Path, "take the file that belongs to this run");
        }

        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(destination.Length, bytes - offset, nameof(destination));
        Parts[place.Part].Read(place.Offset + offset, destination);
    }

    /// <summary>Bytes of a tensor of any type; 0 where there is none.</summary>
    public long RawBytes(string name) => unread.TryGetValue(name, out var other) ? other.Bytes : base.Find(name)?.Bytes ?? 0;

    static SafetensorsFile OpenFolder(string folder)
    {
        var single = System.IO.Path.Combine(folder, SingleName);
        if (File.Exists(single))
        {
            return OpenFiles(folder, [single]);
        }

        var index = System.IO.Path.Combine(folder, SafetensorsIndex.FileName);
        return File.Exists(index) ? OpenShards(folder, index) : OpenFiles(folder, [OnlyFile(folder)]);
    }

    static string OnlyFile(string folder)
    {
        var files = Directory.GetFiles(folder, "*.safetensors");
        return files.Length == 1
            ? files[0]
            : throw new ModelFileException(
                $"the folder holds {files.Length} .safetensors files and no {SafetensorsIndex.FileName}", folder, "fetch the index, or name one file");
    }

    static SafetensorsFile OpenShards(string path, string index)
    {
        var map = SafetensorsIndex.Read(index);
        var folder = System.IO.Path.GetDirectoryName(index) ?? "";
        var shards = SafetensorsIndex.Shards(map, index);
        var file = OpenFiles(path, Array.ConvertAll(shards, shard => System.IO.Path.Combine(folder, shard)));
        return Guard(file.Parts, () =>
        {
            file.CheckAgainst(map, shards, index);
            return file;
        });
    }

    static SafetensorsFile OpenFiles(string path, string[] files)
    {
        var parts = new List<ByteSource>();
        return Guard(parts, () =>
        {
            var headers = new SafetensorsHeader[files.Length];
            for (var i = 0; i < files.Length; i++)
            {
                parts.Add(FileByteSource.Open(files[i]));
                headers[i] = SafetensorsHeader.Read(parts[i], i);
            }

            return new SafetensorsFile(path, [.. parts], headers);
        });
    }

    void CheckAgainst(Dictionary<string, string> map, string[] shards, string index)
    {
        foreach (var (name, shard) in map)
        {
            var found = base.Find(name);
            if (found is null ? !unread.ContainsKey(name) : shards[found.Part] != shard)
            {
                throw SafetensorsIndex.Fault($"tensor '{Printable.Text(name)}' is not in {Printable.Text(shard)}", index);
            }
        }
    }
}
