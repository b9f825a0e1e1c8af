using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Shoestring.Tensors;

/// <content>Making values.</content>
public sealed partial class GgufValue
{
    /// <summary>A string.</summary>
    public static GgufValue From(string text) => new(GgufType.String, Sized(Encoding.UTF8.GetBytes(text)));

    /// <summary>A number or truth value of one of GGUF's types.</summary>
    /// <exception cref="ArgumentException">GGUF has no such type.</exception>
    public static GgufValue From<T>(T value)
        where T : unmanaged => new(GgufTypes.Of<T>(), MemoryMarshal.AsBytes([value]).ToArray());

    /// <summary>An array of numbers or truth values.</summary>
    public static GgufValue FromArray<T>(ReadOnlySpan<T> values)
        where T : unmanaged => Array(GgufTypes.Of<T>(), values.Length, MemoryMarshal.AsBytes(values));

    /// <summary>An array of strings.</summary>
    public static GgufValue FromStrings(IReadOnlyCollection<string> values) =>
        Joined(GgufType.String, values.Count, values.Select(text => Sized(Encoding.UTF8.GetBytes(text))));

    /// <summary>An array of strings whose bytes need not be valid UTF-8.</summary>
    public static GgufValue FromUtf8(IReadOnlyCollection<ReadOnlyMemory<byte>> values) =>
        Joined(GgufType.String, values.Count, values.Select(text => Sized(text.Span)));

    /// <summary>An array of arrays, at most 4 deep. llama.cpp does not read such keys.</summary>
    public static GgufValue FromArrays(IReadOnlyCollection<GgufValue> values) =>
        Joined(GgufType.Array, values.Count, values.Select(value => value.ArrayPayload.ToArray()));

    static GgufValue Joined(GgufType element, int count, IEnumerable<byte[]> items)
    {
        using var joined = new MemoryStream();
        foreach (var item in items)
        {
            joined.Write(item);
        }

        return Array(element, count, joined.GetBuffer().AsSpan(0, (int)joined.Length));
    }

    static GgufValue Array(GgufType element, int count, ReadOnlySpan<byte> items)
    {
        var bytes = new byte[ArrayHeader + items.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)element);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(4), (ulong)count);
        items.CopyTo(bytes.AsSpan(ArrayHeader));
        return new GgufValue(GgufType.Array, bytes);
    }

    static byte[] Sized(ReadOnlySpan<byte> utf8)
    {
        var bytes = new byte[8 + utf8.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)utf8.Length);
        utf8.CopyTo(bytes.AsSpan(8));
        return bytes;
    }
}
