using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>
/// GGUF files whose tensors only this engine reads (sparse, low-rank, entropy-coded): their architecture's name says so, so that
/// other programs refuse them by that name instead of running nonsense.
/// </summary>
public static class ShoestringLayout
{
    const string ArchitectureKey = "general.architecture", Prefix = "shoestring.";

    /// <summary>Whether an architecture's name is that of such a file.</summary>
    public static bool Is(string architecture) => architecture.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>The architecture whose layers it has: <c>llama</c> of <c>shoestring.llama</c>, and any other of itself.</summary>
    public static string Underlying(string architecture) => Is(architecture) ? architecture[Prefix.Length..] : architecture;

    /// <summary>A model's metadata with the architecture, and the keys that begin with it, named as of such a file.</summary>
    public static GgufMetadata Describe(GgufMetadata metadata)
    {
        string architecture = metadata.GetString(ArchitectureKey);
        if (Is(architecture))
        {
            return metadata;
        }

        string keys = architecture + ".";
        return metadata.Keys.Where(key => key.StartsWith(keys, StringComparison.Ordinal)).ToArray()
            .Aggregate(metadata, (described, key) => described.Without(key).With(Prefix + key, metadata[key]))
            .With(ArchitectureKey, GgufValue.From(Prefix + architecture));
    }
}
