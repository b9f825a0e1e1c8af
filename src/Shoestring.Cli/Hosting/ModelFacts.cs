using Shoestring.Models;

namespace Shoestring.Cli;

/// <summary>What a model file says of itself, and what follows for running it.</summary>
sealed record ModelFacts
{
    /// <summary>The path, or the built-in model's name.</summary>
    public required string Path { get; init; }

    /// <summary>The architecture's name.</summary>
    public required string Architecture { get; init; }

    /// <summary>Bytes on disk.</summary>
    public required long FileBytes { get; init; }

    /// <summary>Unique weights: an output matrix that equals the embedding counts once.</summary>
    public required long Parameters { get; init; }

    /// <summary>Elements that the file holds.</summary>
    public required long StoredElements { get; init; }

    /// <summary>Operations for one token, or why they are not known.</summary>
    public required Figure FlopsPerToken { get; init; }

    /// <summary>Bytes of keys and values for one position, or why they are not known.</summary>
    public required Figure KvBytesPerToken { get; init; }

    /// <summary>Positions the model was trained for, or null where the file does not say.</summary>
    public required long? ContextLength { get; init; }

    /// <summary>The metadata for people, by key.</summary>
    public required IReadOnlyList<KeyValuePair<string, string>> Metadata { get; init; }

    /// <summary>The tensors in file order.</summary>
    public required IReadOnlyList<TensorEntry> Tensors { get; init; }

    /// <summary>Memory that this process may have, in bytes.</summary>
    public long AvailableBytes { get; init; } = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>Weights, and keys and values of the trained context, in bytes: what running it holds at least.</summary>
    public double NeededBytes => Tensors.Sum(tensor => (double)tensor.Bytes) + ((KvBytesPerToken.Value ?? 0) * (ContextLength ?? 0));

    /// <summary>Whether that fits into this machine's memory.</summary>
    public bool Fits => NeededBytes <= AvailableBytes;

    /// <summary>Reads the facts of an opened file.</summary>
    public static ModelFacts Of(ModelFile file)
    {
        long stored = file.Tensors.Sum(tensor => tensor.Shape.Elements);
        (ModelConfiguration? configuration, string reason) = ConfigurationOf(file);
        return new ModelFacts
        {
            Path = file.Path,
            Architecture = configuration?.Architecture ?? ArchitectureOf(file),
            FileBytes = file.FileBytes,
            Parameters = stored - TiedTwice(file),
            StoredElements = stored,
            FlopsPerToken = configuration is null ? Figure.Unavailable(Units.Flops, reason) : ModelCosts.FlopsPerToken(configuration),
            KvBytesPerToken = configuration is null ? Figure.Unavailable(Units.Bytes, reason) : ModelCosts.KvBytesPerToken(configuration),
            ContextLength = configuration?.ContextLength ?? ContextOf(file),
            Metadata = file is GgufFile gguf ? [.. gguf.Metadata.Select(pair => KeyValuePair.Create(pair.Key, pair.Value.ToString()))] : [],
            Tensors = file.Tensors,
        };
    }

    // A model that cannot be run here can still be looked at.
    static (ModelConfiguration? Configuration, string Reason) ConfigurationOf(ModelFile file)
    {
        try
        {
            return (ConfigurationReader.Read(file), "");
        }
        catch (InputException fault)
        {
            return (null, $"{fault.What}; {fault.Cure}");
        }
    }

    static string ArchitectureOf(ModelFile file) => file switch
    {
        GgufFile gguf => gguf.Metadata.GetString("general.architecture", "unknown"),
        Llama2cFile => "llama",
        _ => "unknown",
    };

    static long? ContextOf(ModelFile file) =>
        file is GgufFile gguf && gguf.Metadata.TryGet($"{ArchitectureOf(file)}.context_length", out GgufValue? value) ? value.AsInt64() : null;

    static long TiedTwice(ModelFile file) =>
        Find(file, "output.weight") is { } output && Find(file, "token_embd.weight") is { } embedding && SameBytes(file, output, embedding)
            ? output.Shape.Elements
            : 0;

    static TensorEntry? Find(ModelFile file, string name) =>
        file.Find(name) ?? (TensorNames.ToHuggingFace(name) is { } other ? file.Find(other) : null);

    static bool SameBytes(ModelFile file, TensorEntry one, TensorEntry other)
    {
        if (one.Format != other.Format || one.Shape != other.Shape)
        {
            return false;
        }

        byte[] left = new byte[(int)Math.Min(1 << 20, one.Bytes)], right = new byte[left.Length];
        for (long offset = 0; offset < one.Bytes; offset += left.Length)
        {
            int count = (int)Math.Min(left.Length, one.Bytes - offset);
            file.Read(one, offset, left.AsSpan(0, count));
            file.Read(other, offset, right.AsSpan(0, count));
            if (!left.AsSpan(0, count).SequenceEqual(right.AsSpan(0, count)))
            {
                return false;
            }
        }

        return true;
    }
}
