using Shoestring.Tensors;

namespace Shoestring.Oracles;

/// <summary>
/// A small model of an architecture for which no real weights are at hand: its sizes and what sets it apart. All widths are
/// multiples of 256, so that every block format fits.
/// </summary>
/// <param name="Name">As tests name it.</param>
/// <param name="Architecture">GGUF's <c>general.architecture</c>.</param>
sealed record Variant(string Name, string Architecture)
{
    public const int Vocabulary = 320;

    public int Layers { get; init; } = 2;

    public int Width { get; init; } = 256;

    public int Heads { get; init; } = 8;

    public int KeyValueHeads { get; init; } = 2;

    /// <summary>Channels of a head; Qwen3's differ from width over heads.</summary>
    public int HeadWidth { get; init; } = 32;

    public int FeedForward { get; init; } = 512;

    public int Context { get; init; } = 256;

    public float RopeBase { get; init; } = 10_000;

    /// <summary>Whether the output matrix is the embedding.</summary>
    public bool Tied { get; init; }

    /// <summary>Whether queries, keys and values have biases (Qwen2).</summary>
    public bool Biases { get; init; }

    /// <summary>Whether queries and keys are normed per head (Qwen3).</summary>
    public bool HeadNorms { get; init; }

    /// <summary>Divisors of the rotary frequencies <c>[HeadWidth / 2]</c> (Llama 3), or null.</summary>
    public float[]? RopeFactors { get; init; }

    /// <summary>Latest positions that attention sees, 0 for all (Mistral).</summary>
    public int Window { get; init; }

    /// <summary>Further metadata, by key without the architecture's prefix.</summary>
    public IReadOnlyList<(string Key, GgufValue Value)> Metadata { get; init; } = [];

    /// <summary>The same model without what sets it apart, to see that it matters.</summary>
    public Variant? Plain { get; init; }

    /// <summary>Whether it has GPT-2's layers: learned positions, LayerNorm with biases, one matrix for q, k, v, GELU.</summary>
    public bool IsGpt2 => Architecture == "gpt2";

    public override string ToString() => Name;
}
