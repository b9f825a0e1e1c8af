using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Shoestring.Tensors;

/// <summary>Lays out a GGUF file, version 3, and encodes its header.</summary>
static class GgufHeaderWriter
{
    const uint Version = 3;

    /// <summary>The header's bytes, and the tensors with their places behind it.</summary>
    /// <exception cref="ArgumentException">A name or shape cannot be stored, or a name stands twice.</exception>
    public static (byte[] Header, TensorEntry[] Tensors, long FileBytes) Lay(GgufMetadata metadata, IReadOnlyList<TensorDeclaration> tensors)
    {
        var alignment = GgufHeader.Alignment(metadata, "metadata");
        var buffer = new ArrayBufferWriter<byte>();
        buffer.Write("GGUF"u8);
        UInt32(buffer, Version);
        UInt64(buffer, (ulong)tensors.Count);
        UInt64(buffer, (ulong)metadata.Count);
        foreach (var (key, value) in metadata)
        {
            Name(buffer, key, GgufHeader.MaxKeyBytes);
            UInt32(buffer, (uint)value.Type);
            buffer.Write(value.Payload.Span);
        }

        var (entries, end) = Place(tensors, alignment);
        foreach (var entry in entries)
        {
            Tensor(buffer, entry);
        }

        var data = GgufHeader.AlignUp(buffer.WrittenCount, alignment);
        return (buffer.WrittenSpan.ToArray(), Array.ConvertAll(entries, entry => entry with { Offset = data + entry.Offset }), data + end);
    }

    /// <summary>Tensors one after the other from offset 0, each aligned.</summary>
    static (TensorEntry[] Entries, long End) Place(IReadOnlyList<TensorDeclaration> tensors, uint alignment)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var entries = new TensorEntry[tensors.Count];
        var offset = 0L;
        for (var i = 0; i < entries.Length; i++)
        {
            var (name, shape, format) = tensors[i];
            var bytes = TensorDirectory.Bytes(format, shape);
            if (bytes < 0 || !names.Add(name))
            {
                throw new ArgumentException($"tensor {name} with shape {shape} in {format} stands twice or has no whole number of blocks");
            }

            entries[i] = new TensorEntry(name, shape, format, 0, offset, bytes);
            offset = GgufHeader.AlignUp(checked(offset + bytes), alignment);
        }

        return (entries, offset);
    }

    static void Tensor(ArrayBufferWriter<byte> buffer, TensorEntry tensor)
    {
        Name(buffer, tensor.Name, TensorDirectory.MaxNameBytes);
        UInt32(buffer, (uint)tensor.Shape.Rank);
        for (var i = 0; i < tensor.Shape.Rank; i++)
        {
            UInt64(buffer, (ulong)tensor.Shape[i]);
        }

        UInt32(buffer, (uint)tensor.Format);
        UInt64(buffer, (ulong)tensor.Offset);
    }

    static void Name(ArrayBufferWriter<byte> buffer, string name, int most)
    {
        var utf8 = Encoding.UTF8.GetBytes(name);
        if (utf8.Length == 0 || utf8.Length > most)
        {
            throw new ArgumentException($"a name must have 1 to {most} bytes, and '{name}' has {utf8.Length}");
        }

        UInt64(buffer, (ulong)utf8.Length);
        buffer.Write(utf8);
    }

    static void UInt32(ArrayBufferWriter<byte> buffer, uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(buffer.GetSpan(4), value);
        buffer.Advance(4);
    }

    static void UInt64(ArrayBufferWriter<byte> buffer, ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(buffer.GetSpan(8), value);
        buffer.Advance(8);
    }
}
