using System.Collections;

namespace Shoestring.Tensors;

/// <summary>A GGUF file's metadata: values by key, in file order. Immutable; <see cref="With"/> makes a changed copy.</summary>
public sealed class GgufMetadata : IReadOnlyCollection<KeyValuePair<string, GgufValue>>
{
    readonly OrderedDictionary<string, GgufValue> values;
    readonly string source;

    /// <param name="values">Values by key; not changed afterwards.</param>
    /// <param name="source">The file, for messages.</param>
    internal GgufMetadata(OrderedDictionary<string, GgufValue> values, string source)
    {
        this.values = values;
        this.source = source;
    }

    /// <summary>No keys.</summary>
    public static GgufMetadata Empty { get; } = new([], "metadata");

    /// <summary>Metadata of those keys, in their order.</summary>
    /// <exception cref="ArgumentException">A key stands twice.</exception>
    public static GgufMetadata Of(IEnumerable<(string Key, GgufValue Value)> pairs)
    {
        var values = new OrderedDictionary<string, GgufValue>();
        foreach (var (key, value) in pairs)
        {
            values.Add(key, value.Named(key, "metadata"));
        }

        return new GgufMetadata(values, "metadata");
    }

    /// <summary>Number of keys.</summary>
    public int Count => values.Count;

    /// <summary>The keys in file order.</summary>
    public IReadOnlyList<string> Keys => values.Keys;

    /// <summary>The value of a key that must be there.</summary>
    /// <exception cref="ModelFileException">The key is missing.</exception>
    public GgufValue this[string key] => TryGet(key, out var value)
        ? value
        : throw new ModelFileException($"metadata key '{Printable.Text(key)}' is missing", source, "convert the model again with a current converter");

    /// <summary>Whether the key is there, and its value.</summary>
    public bool TryGet(string key, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out GgufValue? value) => values.TryGetValue(key, out value);

    /// <summary>Whether the key is there.</summary>
    public bool Contains(string key) => values.ContainsKey(key);

    /// <summary>An integer that must be there.</summary>
    public int GetInt(string key) => this[key].AsInt32();

    /// <summary>An integer, or <paramref name="otherwise"/> where the key is missing.</summary>
    public int GetInt(string key, int otherwise) => TryGet(key, out var value) ? value.AsInt32() : otherwise;

    /// <summary>A 64-bit integer, or <paramref name="otherwise"/> where the key is missing.</summary>
    public long GetLong(string key, long otherwise) => TryGet(key, out var value) ? value.AsInt64() : otherwise;

    /// <summary>A number that must be there.</summary>
    public float GetFloat(string key) => (float)this[key].AsDouble();

    /// <summary>A number, or <paramref name="otherwise"/> where the key is missing.</summary>
    public float GetFloat(string key, float otherwise) => TryGet(key, out var value) ? (float)value.AsDouble() : otherwise;

    /// <summary>A string that must be there.</summary>
    public string GetString(string key) => this[key].AsString();

    /// <summary>A string, or <paramref name="otherwise"/> where the key is missing.</summary>
    [return: System.Diagnostics.CodeAnalysis.NotNullIfNotNull(nameof(otherwise))]
    public string? GetString(string key, string? otherwise) => TryGet(key, out var value) ? value.AsString() : otherwise;

    /// <summary>A truth value, or <paramref name="otherwise"/> where the key is missing.</summary>
    public bool GetBoolean(string key, bool otherwise) => TryGet(key, out var value) ? value.AsBoolean() : otherwise;

    /// <summary>A copy in which the key has this value: in its old place, or last if it is new.</summary>
    public GgufMetadata With(string key, GgufValue value) => new(new(values) { [key] = value.Named(key, source) }, source);

    /// <summary>A copy without the key.</summary>
    public GgufMetadata Without(string key)
    {
        var kept = new OrderedDictionary<string, GgufValue>(values);
        kept.Remove(key);
        return new GgufMetadata(kept, source);
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, GgufValue>> GetEnumerator() => values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
