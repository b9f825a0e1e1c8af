using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>How a model normalizes.</summary>
public enum NormKind
{
    /// <summary>RMSNorm.</summary>
    RootMeanSquare,

    /// <summary>LayerNorm with biases.</summary>
    Layer,
}

/// <summary>The feed-forward layer's form.</summary>
public enum FeedForwardKind
{
    /// <summary>SwiGLU: down(silu(gate(x)) · up(x)).</summary>
    GatedSilu,

    /// <summary>down(gelu(up(x))).</summary>
    Gelu,
}

/// <summary>The shape of one block; blocks of a model may differ.</summary>
/// <param name="Heads">Query heads.</param>
/// <param name="KvHeads">Key and value heads; a divisor of <paramref name="Heads"/>.</param>
/// <param name="HeadChannels">Channels of a head.</param>
/// <param name="FeedForwardWidth">Inner channels of the feed-forward layer.</param>
/// <param name="Window">Positions that a position sees, itself included; 0 for all before it.</param>
public sealed record BlockShape(int Heads, int KvHeads, int HeadChannels, int FeedForwardWidth, int Window = 0)
{
    /// <summary>Which of its linear layers are products of two factors.</summary>
    public LayerRanks Ranks { get; init; }

    /// <summary>Whether its shortcuts turn the residual stream (SliceGPT), each by a matrix.</summary>
    public bool HasShortcuts { get; init; }
}

/// <summary>Rotary position embedding: the angle of each channel pair per position.</summary>
/// <param name="Layout">Which channels pair up.</param>
/// <param name="Frequencies">Radians per position, one a pair.</param>
/// <param name="Magnitude">Factor of cosine and sine (YaRN's temperature; 1 otherwise).</param>
public sealed record Rotary(RotaryLayout Layout, double[] Frequencies, float Magnitude)
{
    /// <summary>What the frequencies were made from, where that is known: not of a GGUF file, whose divisors may be any.</summary>
    public RotarySettings? Settings { get; init; }
}

/// <summary>What a model is, from its file's metadata: everything that is not a weight.</summary>
public sealed record ModelConfiguration
{
    /// <summary>The architecture's name as GGUF has it: llama, qwen2, qwen3, gpt2.</summary>
    public required string Architecture { get; init; }

    /// <summary>Tokens in the vocabulary.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>Positions that the model was trained for, by its file.</summary>
    public required int ContextLength { get; init; }

    /// <summary>Channels of the residual stream.</summary>
    public required int Width { get; init; }

    /// <summary>The blocks, first to last.</summary>
    public required IReadOnlyList<BlockShape> Blocks { get; init; }

    /// <summary>ε of the norms.</summary>
    public required float NormEpsilon { get; init; }

    /// <summary>Kind of the norms.</summary>
    public NormKind Norm { get; init; } = NormKind.RootMeanSquare;

    /// <summary>Form of the feed-forward layers.</summary>
    public FeedForwardKind FeedForward { get; init; } = FeedForwardKind.GatedSilu;

    /// <summary>Rotary positions, or null where positions are learned.</summary>
    public Rotary? Rotary { get; init; }

    /// <summary>Whether logits come from the embedding matrix.</summary>
    public required bool TiedEmbeddings { get; init; }

    /// <summary>Whether queries and keys have norms for each head.</summary>
    public bool HasHeadNorms => ShoestringLayout.Underlying(Architecture) == "qwen3";

    /// <summary>The same with another shape of one block.</summary>
    public ModelConfiguration WithBlock(int index, BlockShape shape) =>
        shape == Blocks[index] ? this : this with { Blocks = [.. Blocks.Select((block, i) => i == index ? shape : block)] };
}
