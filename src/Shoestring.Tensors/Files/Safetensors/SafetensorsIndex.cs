using System.Text.Json;

namespace Shoestring.Tensors;

/// <summary>The index of a sharded model: which tensor lies in which file of the folder (Hugging Face transformers).</summary>
static class SafetensorsIndex
{
    /// <summary>Name of the index within a model's folder.</summary>
    public const string FileName = "model.safetensors.index.json";

    const int MaxBytes = 32 << 20;
    const int MaxShards = 4096;

    /// <summary>Shard name of each tensor.</summary>
    public static Dictionary<string, string> Read(string path)
    {
        using var file = FileByteSource.Open(path);
        if (file.Length > MaxBytes)
        {
            throw Fault($"it has {file.Length} bytes, more than {MaxBytes}", path);
        }

        return file.ParseStart((int)file.Length, json => Parse(json, path));
    }

    /// <summary>The same from bytes.</summary>
    public static Dictionary<string, string> Parse(ReadOnlySpan<byte> json, string path)
    {
        try
        {
            return ParseObject(json, path);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // The reader reports broken UTF-8 as an invalid operation.
            throw Fault($"it is no JSON of the right form ({Printable.Text(fault.Message)})", path, fault);
        }
    }

    /// <summary>Names of the shards, in order.</summary>
    public static string[] Shards(Dictionary<string, string> map, string path)
    {
        string[] shards = [.. map.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return shards.Length is > 0 and <= MaxShards ? shards : throw Fault($"it names {shards.Length} files", path);
    }

    static Dictionary<string, string> ParseObject(ReadOnlySpan<byte> json, string path)
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 8 });
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw Fault("it is no JSON object", path);
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("weight_map"u8))
            {
                ReadMap(ref reader, map, path);
            }
            else
            {
                reader.Skip();
            }
        }

        reader.Read();
        return map;
    }

    static void ReadMap(ref Utf8JsonReader reader, Dictionary<string, string> map, string path)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw Fault("its weight_map is no object", path);
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueSpan.Length > TensorDirectory.MaxNameBytes || map.Count >= TensorDirectory.MaxTensors)
            {
                throw Fault($"it has more than {TensorDirectory.MaxTensors} tensors, or a name that is too long", path);
            }

            var name = reader.GetString()!;
            reader.Read();
            if (!map.TryAdd(name, Shard(ref reader, path)))
            {
                throw Fault($"tensor '{Printable.Text(name)}' stands twice", path);
            }
        }
    }

    /// <summary>A plain file name: an index must not reach out of its folder.</summary>
    static string Shard(ref Utf8JsonReader reader, string path)
    {
        var shard = reader.TokenType == JsonTokenType.String && reader.ValueSpan.Length <= TensorDirectory.MaxNameBytes ? reader.GetString()! : "";
        var plain = shard.EndsWith(".safetensors", StringComparison.Ordinal)
            && !shard.AsSpan().ContainsAny('/', '\\', ':')
            && !shard.Contains("..", StringComparison.Ordinal)
            && !shard.Any(char.IsControl);
        return plain ? shard : throw Fault($"'{Printable.Text(shard)}' is no name of a .safetensors file in the same folder", path);
    }

    internal static ModelFileException Fault(string what, string path, Exception? inner = null) =>
        new(what, path, "the index is corrupt: fetch it again", inner);
}
