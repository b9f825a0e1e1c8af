using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>How a sequence's keys and values are kept: their format, and which of them.</summary>
public sealed record CacheOptions
{
    /// <summary>Element format. Default F16, as llama.cpp: half the memory of F32, and no loss that shows.</summary>
    public KvFormat Format { get; init; } = KvFormat.F16;

    /// <summary>What is dropped once the sequence is longer; null to keep every position.</summary>
    public EvictionOptions? Eviction { get; init; }

    /// <summary>
    /// The longest stretch of positions, as a row counts them, that it looks back over; null where it is the text's. Heavy hitters
    /// keep the positions at which they were written.
    /// </summary>
    public int? Reach => (Eviction as StreamingOptions)?.Bound;

    /// <summary>Every position, in a format.</summary>
    public static implicit operator CacheOptions(KvFormat format) => new() { Format = format };
}
