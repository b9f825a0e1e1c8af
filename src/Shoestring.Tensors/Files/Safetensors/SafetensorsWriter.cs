using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;

namespace Shoestring.Tensors;

/// <summary>A tensor that is going to be written to a safetensors file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">The element type in the format's words: F64, I64, F32, F16, BF16 or U8.</param>
/// <param name="Shape">Extents, slowest-varying first, as the format has them.</param>
public sealed record SafetensorsDeclaration(string Name, string Type, params long[] Shape)
{
    /// <summary>Bytes that it takes.</summary>
    public long Bytes => Shape.Aggregate((long)ElementBytes, (product, extent) => checked(product * extent));

    internal int ElementBytes => Type switch
    {
        "F64" or "I64" => 8,
        "F32" => 4,
        "F16" or "BF16" => 2,
        "U8" => 1,
        _ => throw new ArgumentException($"{Type} is not written; F64, I64, F32, F16, BF16 and U8 are", nameof(Type)),
    };
}

/// <summary>
/// Writes a safetensors file (huggingface/safetensors, README, section Format). Tensors are declared first; their bytes are then
/// written in pieces, in any order. The file appears under its name, in place of what was there, when <see cref="Commit"/> has flushed it to the
/// disk; whatever ends the process before leaves what was there.
/// </summary>
public sealed class SafetensorsWriter : IDisposable
{
    const int Alignment = 8;
    readonly Dictionary<string, (long Offset, long Bytes, long Written)> tensors = new(StringComparer.Ordinal);
    readonly ReplacingFile file;

    SafetensorsWriter(string path, IReadOnlyDictionary<string, string> metadata, IReadOnlyList<SafetensorsDeclaration> declarations)
    {
        // Wide elements first, so that each is aligned without gaps, which the format forbids.
        SafetensorsDeclaration[] ordered = [.. declarations.OrderByDescending(tensor => tensor.ElementBytes)];
        long data = 0;
        foreach (SafetensorsDeclaration tensor in ordered)
        {
            if (!tensors.TryAdd(tensor.Name, (data, tensor.Bytes, 0)))
            {
                throw new ArgumentException($"two tensors are named {tensor.Name}", nameof(declarations));
            }

            data += tensor.Bytes;
        }

        byte[] header = Header(metadata, ordered);
        foreach (SafetensorsDeclaration tensor in ordered)
        {
            tensors[tensor.Name] = tensors[tensor.Name] with { Offset = header.Length + tensors[tensor.Name].Offset };
        }

        file = new ReplacingFile(path, header.Length + data);
        try
        {
            file.Write(0, header);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Starts a file.</summary>
    /// <param name="path">Where it will appear.</param>
    /// <param name="metadata">Free-form strings.</param>
    /// <param name="tensors">All tensors.</param>
    /// <exception cref="InputException">The folder is missing or not writable, or the disk is too full for the whole file.</exception>
    public static SafetensorsWriter Create(string path, IReadOnlyDictionary<string, string> metadata, IReadOnlyList<SafetensorsDeclaration> tensors) =>
        new(path, metadata, tensors);

    /// <summary>Appends to the bytes of a declared tensor.</summary>
    /// <exception cref="ArgumentException">No such tensor was declared, or it would become longer than declared.</exception>
    /// <exception cref="InputException">The disk is full or fails.</exception>
    public void Append(string tensor, ReadOnlySpan<byte> bytes)
    {
        if (!tensors.TryGetValue(tensor, out var place) || bytes.Length > place.Bytes - place.Written)
        {
            throw new ArgumentException($"tensor {tensor} was not declared, or {bytes.Length} bytes more are too many for it", nameof(tensor));
        }

        file.Write(place.Offset + place.Written, bytes);
        tensors[tensor] = place with { Written = place.Written + bytes.Length };
    }

    /// <summary>Makes the file appear under its name, in place of what was there.</summary>
    /// <exception cref="InvalidOperationException">A tensor is not complete.</exception>
    /// <exception cref="InputException">The disk is full or fails.</exception>
    public void Commit()
    {
        foreach ((string name, var place) in tensors)
        {
            if (place.Written != place.Bytes)
            {
                throw new InvalidOperationException($"tensor {name} has {place.Written} of its {place.Bytes} bytes");
            }
        }

        file.Commit();
    }

    /// <summary>Removes what was written unless <see cref="Commit"/> was called.</summary>
    public void Dispose() => file.Dispose();

    byte[] Header(IReadOnlyDictionary<string, string> metadata, SafetensorsDeclaration[] ordered)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            WriteMetadata(json, metadata);
            foreach (SafetensorsDeclaration tensor in ordered)
            {
                WriteTensor(json, tensor);
            }

            json.WriteEndObject();
        }

        // Spaces at the end bring the data to a multiple of eight.
        int length = (buffer.WrittenCount + Alignment - 1) / Alignment * Alignment;
        byte[] header = new byte[sizeof(ulong) + length];
        BinaryPrimitives.WriteUInt64LittleEndian(header, (ulong)length);
        header.AsSpan(sizeof(ulong)).Fill((byte)' ');
        buffer.WrittenSpan.CopyTo(header.AsSpan(sizeof(ulong)));
        return header;
    }

    static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string> metadata)
    {
        if (metadata.Count == 0)
        {
            return;
        }

        json.WriteStartObject("__metadata__");
        foreach ((string key, string value) in metadata)
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
    }

    void WriteTensor(Utf8JsonWriter json, SafetensorsDeclaration tensor)
    {
        (long offset, long bytes, _) = tensors[tensor.Name];
        json.WriteStartObject(tensor.Name);
        json.WriteString("dtype", tensor.Type);
        WriteNumbers(json, "shape", tensor.Shape);
        WriteNumbers(json, "data_offsets", [offset, offset + bytes]);
        json.WriteEndObject();
    }

    static void WriteNumbers(Utf8JsonWriter json, string name, ReadOnlySpan<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (long number in numbers)
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
    }
}
