using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Shoestring.Tensors;

/// <summary>
/// One metadata value, kept in the bytes that GGUF stores it as: copying it from file to file is exact, and nothing is
/// decoded before it is asked for. Accessors of the wrong type throw a <see cref="ModelFileException"/> that names the key.
/// </summary>
public sealed partial class GgufValue : IEquatable<GgufValue>
{
    readonly ReadOnlyMemory<byte> payload;
    readonly string key;
    readonly string source;

    /// <param name="type">The value's type.</param>
    /// <param name="payload">Its checked encoding, without the type number.</param>
    /// <param name="key">The key that it stands under, for messages.</param>
    /// <param name="source">The file that it comes from, for messages.</param>
    internal GgufValue(GgufType type, ReadOnlyMemory<byte> payload, string key = "(no key yet)", string source = "metadata")
    {
        Type = type;
        this.payload = payload;
        this.key = key;
        this.source = source;
    }

    /// <summary>The value's type.</summary>
    public GgufType Type { get; }

    /// <summary>The encoding, without the type number.</summary>
    internal ReadOnlyMemory<byte> Payload => payload;

    /// <summary>The string; bytes that are no UTF-8 become U+FFFD.</summary>
    public string AsString() => Encoding.UTF8.GetString(AsUtf8());

    /// <summary>The string's bytes as the file has them.</summary>
    public ReadOnlySpan<byte> AsUtf8() => Type == GgufType.String ? payload.Span[8..] : throw Wrong("a string");

    /// <summary>Any integer type, where the value is not negative.</summary>
    public ulong AsUInt64() => Integer() is var value && value >= 0 ? (ulong)value : throw Wrong("an integer of at least 0");

    /// <summary>Any integer type, where the value fits.</summary>
    public long AsInt64() => Integer() is var value && value <= long.MaxValue ? (long)value : throw Wrong("an integer below 2^63");

    /// <summary>Any integer type, where the value fits.</summary>
    public int AsInt32() => Integer() is var value && value >= int.MinValue && value <= int.MaxValue
        ? (int)value
        : throw Wrong("an integer of 32 bits");

    /// <summary>Any number.</summary>
    public double AsDouble() => Type switch
    {
        GgufType.Float32 => BinaryPrimitives.ReadSingleLittleEndian(payload.Span),
        GgufType.Float64 => BinaryPrimitives.ReadDoubleLittleEndian(payload.Span),
        GgufType.String or GgufType.Array or GgufType.Boolean => throw Wrong("a number"),
        _ => (double)Integer(),
    };

    /// <summary>A truth value.</summary>
    public bool AsBoolean() => Type == GgufType.Boolean ? payload.Span[0] != 0 : throw Wrong("a truth value");

    /// <summary>Whether type and bytes are the same.</summary>
    public bool Equals(GgufValue? other) => other is not null && other.Type == Type && other.payload.Span.SequenceEqual(payload.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as GgufValue);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.Add(Type);
        hash.AddBytes(payload.Span);
        return hash.ToHashCode();
    }

    /// <summary>The value for people: scalars and strings as they are, arrays by type and length.</summary>
    public override string ToString() => Type switch
    {
        GgufType.String => AsString(),
        GgufType.Boolean => AsBoolean() ? "true" : "false",
        GgufType.Float32 => ((float)AsDouble()).ToString(CultureInfo.InvariantCulture),
        GgufType.Float64 => AsDouble().ToString(CultureInfo.InvariantCulture),
        GgufType.Array => $"{ElementType}[{Count}]",
        _ => Integer().ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>The same value under a key, so that its messages can name it.</summary>
    internal GgufValue Named(string name, string file) => new(Type, payload, name, file);

    Int128 Integer() => Type switch
    {
        GgufType.UInt8 => payload.Span[0],
        GgufType.Int8 => (sbyte)payload.Span[0],
        GgufType.UInt16 => BinaryPrimitives.ReadUInt16LittleEndian(payload.Span),
        GgufType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(payload.Span),
        GgufType.UInt32 => BinaryPrimitives.ReadUInt32LittleEndian(payload.Span),
        GgufType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(payload.Span),
        GgufType.UInt64 => BinaryPrimitives.ReadUInt64LittleEndian(payload.Span),
        GgufType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(payload.Span),
        _ => throw Wrong("an integer"),
    };

    ModelFileException Wrong(string expected) =>
        new($"metadata key '{Printable.Text(key)}' is {Described()}, not {expected}", source, "fetch or write the file again");

    string Described() => Type switch
    {
        GgufType.Array => ToString(),
        GgufType.String => $"String '{Printable.Text(AsUtf8())}'",
        _ => $"{Type} {this}",
    };
}
