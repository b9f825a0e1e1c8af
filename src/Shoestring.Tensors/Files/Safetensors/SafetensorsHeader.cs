using System.Buffers.Binary;
using System.Text.Json;

namespace Shoestring.Tensors;

/// <summary>What the header of one safetensors file says (huggingface/safetensors, README, section Format).</summary>
/// <param name="Tensors">Tensors that can be read.</param>
/// <param name="Unread">Tensors that cannot.</param>
/// <param name="Metadata">The free-form strings under <c>__metadata__</c>.</param>
sealed record SafetensorsHeader(List<TensorEntry> Tensors, List<UnreadTensor> Unread, Dictionary<string, string> Metadata)
{
    /// <summary>Longest header believed: the format's own limit.</summary>
    const int MaxBytes = 100_000_000;

    /// <summary>Reads and checks the header of <paramref name="file"/>, which is shard <paramref name="part"/>.</summary>
    public static SafetensorsHeader Read(ByteSource file, int part)
    {
        Span<byte> prefix = stackalloc byte[8];
        if (file.Length < prefix.Length)
        {
            throw Corrupt($"it has {file.Length} bytes, too few for a header", file.Name);
        }

        file.Read(0, prefix);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > (ulong)Math.Min(MaxBytes, file.Length - prefix.Length))
        {
            throw Corrupt($"its header should take {length} bytes, and {Math.Min(MaxBytes, file.Length - prefix.Length)} at most can follow", file.Name);
        }

        var data = 8 + (long)length;
        return file.ParseStart((int)data, bytes => Parse(bytes[8..], data, file, part));
    }

    static SafetensorsHeader Parse(ReadOnlySpan<byte> json, long data, ByteSource file, int part)
    {
        try
        {
            return new SafetensorsHeaderReader(json, data, file, part).Read();
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or FormatException)
        {
            // The reader reports broken UTF-8 as an invalid operation.
            throw Corrupt($"its header is no JSON of the right form ({Printable.Text(fault.Message)})", file.Name, fault);
        }
    }

    internal static ModelFileException Corrupt(string what, string where, Exception? inner = null) =>
        new(what, where, "the file is truncated, corrupt or no safetensors file: fetch it again", inner);
}
