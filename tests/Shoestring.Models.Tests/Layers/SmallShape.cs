using Shoestring.Tensors;

namespace Shoestring.Models.Tests;

/// <summary>
/// The sizes of a small model with random weights, and what sets its architecture apart. Widths are multiples of 256, so
/// that every block format fits.
/// </summary>
/// <param name="Name">As tests name it.</param>
/// <param name="Architecture">GGUF's <c>general.architecture</c>.</param>
public sealed record SmallShape(string Name, string Architecture)
{
    public const int Vocabulary = 320;

    public int Layers { get; init; } = 2;

    public int Width { get; init; } = 256;

    public int Heads { get; init; } = 8;

    public int KvHeads { get; init; } = 2;

    public int HeadChannels { get; init; } = 32;

    public int FeedForward { get; init; } = 512;

    public int Context { get; init; } = 256;

    public float RopeBase { get; init; } = 10_000;

    /// <summary>Channels of a head that turn; the others stay.</summary>
    public int RotaryChannels { get; init; } = 32;

    public bool Tied { get; init; }

    /// <summary>Biases of queries, keys and values (Qwen 2).</summary>
    public bool Biases { get; init; }

    /// <summary>Norms of each query and key head (Qwen 3).</summary>
    public bool HeadNorms { get; init; }

    /// <summary>Latest positions that attention sees, 0 for all.</summary>
    public int Window { get; init; }

    /// <summary>Rank of the layers that are products of two factors, all but key and up; 0 for none.</summary>
    public int Rank { get; init; }

    /// <summary>Whether shortcuts turn the residual stream.</summary>
    public bool Shortcuts { get; init; }

    public bool IsGpt2 => Architecture == "gpt2";

    public static IReadOnlyList<SmallShape> All { get; } =
    [
        new("llama", "llama"),
        new("llama-tied-partial", "llama") { Tied = true, RotaryChannels = 16 },
        new("llama-window", "llama") { Window = 9 },
        new("qwen2", "qwen2") { Tied = true, Biases = true, RopeBase = 1_000_000 },
        new("qwen3", "qwen3") { HeadChannels = 64, RotaryChannels = 64, HeadNorms = true },
        new("gpt2", "gpt2") { KvHeads = 8, Tied = true },
        new("low-rank", "shoestring.llama") { Rank = 256, Biases = true },
        new("shortcuts", "shoestring.llama") { Shortcuts = true },
    ];

    public static SmallShape Find(string name) => All.First(s => s.Name == name);

    public override string ToString() => Name;
}

/// <summary>A tensor of a small model: how its values are drawn.</summary>
sealed record SmallTensor(string Name, TensorShape Shape, double Mean, double Deviation);
