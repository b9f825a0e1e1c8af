using System.Buffers.Binary;

namespace Shoestring.Tensors;

/// <summary>The hyperparameters in the header of a llama2.c model (karpathy/llama2.c, export.py).</summary>
/// <param name="Version">0 for the original layout without magic number, 1 for the one with a header of 256 bytes.</param>
/// <param name="Dimension">Width of the residual stream.</param>
/// <param name="HiddenDimension">Width of the feed-forward layer.</param>
/// <param name="Layers">Number of blocks.</param>
/// <param name="Heads">Number of query heads.</param>
/// <param name="KeyValueHeads">Number of key and value heads.</param>
/// <param name="VocabularySize">Number of tokens.</param>
/// <param name="SequenceLength">Longest context it was trained on.</param>
/// <param name="SharedClassifier">Whether the output matrix is the embedding.</param>
public sealed record Llama2cConfig(
    int Version,
    int Dimension,
    int HiddenDimension,
    int Layers,
    int Heads,
    int KeyValueHeads,
    int VocabularySize,
    int SequenceLength,
    bool SharedClassifier)
{
    const uint Magic = 0x616b3432;
    const int LegacyBytes = 28;
    const int VersionedBytes = 256;
    const int MaxLayers = 4096;

    /// <summary>Channels of one head.</summary>
    public int HeadDimension => Dimension / Heads;

    /// <summary>Bytes before the first weight.</summary>
    internal int HeaderBytes => Version == 0 ? LegacyBytes : VersionedBytes;

    /// <summary>Whether a file that starts so may be one: it has the magic number, or seven numbers that could be a model's.</summary>
    internal static bool Fits(ReadOnlySpan<byte> start) =>
        start.Length >= LegacyBytes && (HasMagic(start) || Sound(Numbers(start, 0, false)));

    /// <summary>Reads and checks the header.</summary>
    internal static Llama2cConfig Read(ByteSource file)
    {
        Span<byte> start = stackalloc byte[VersionedBytes];
        start = start[..(int)Math.Min(file.Length, VersionedBytes)];
        file.Read(0, start);
        if (start.Length < LegacyBytes)
        {
            throw Fault($"it has {file.Length} bytes, too few for a header", file.Name);
        }

        var config = HasMagic(start) ? Versioned(start, file.Name) : Numbers(start, 0, false);
        return Sound(config) ? config : throw Fault($"its header describes no model ({Described(config)})", file.Name);
    }

    internal static ModelFileException Fault(string what, string where) =>
        new(what, where, "the file is truncated, corrupt or no llama2.c model: fetch it again");

    static bool HasMagic(ReadOnlySpan<byte> start) => BinaryPrimitives.ReadUInt32LittleEndian(start) == Magic;

    static Llama2cConfig Versioned(ReadOnlySpan<byte> start, string where)
    {
        if (start.Length < VersionedBytes)
        {
            throw Fault($"it has {start.Length} bytes, too few for a header", where);
        }

        var version = BinaryPrimitives.ReadInt32LittleEndian(start[4..]);
        return version == 1
            ? Numbers(start[8..], version, start[36] != 0)
            : throw new ModelFileException($"it is a llama2.c model of version {version}", where, "export it again as version 0 or 1");
    }

    static Llama2cConfig Numbers(ReadOnlySpan<byte> numbers, int version, bool shared)
    {
        Span<int> values = stackalloc int[7];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = BinaryPrimitives.ReadInt32LittleEndian(numbers[(4 * i)..]);
        }

        // The original layout marks an output matrix of its own by a negative vocabulary size.
        var vocabulary = version == 0 && values[5] != int.MinValue ? Math.Abs(values[5]) : values[5];
        return new(version, values[0], values[1], values[2], values[3], values[4], vocabulary, values[6], version == 0 ? values[5] > 0 : shared);
    }

    static string Described(Llama2cConfig config) =>
        $"dimension {config.Dimension}, hidden {config.HiddenDimension}, layers {config.Layers}, heads {config.Heads}, "
        + $"key-value heads {config.KeyValueHeads}, vocabulary {config.VocabularySize}, context {config.SequenceLength}";

    static bool Sound(Llama2cConfig config) =>
        config is { Dimension: > 0, HiddenDimension: > 0, Layers: > 0 and <= MaxLayers, Heads: > 0, KeyValueHeads: > 0, VocabularySize: > 0, SequenceLength: > 0 }
        && config.Dimension % config.Heads == 0
        && config.Heads % config.KeyValueHeads == 0
        && config.HeadDimension % 2 == 0;
}
