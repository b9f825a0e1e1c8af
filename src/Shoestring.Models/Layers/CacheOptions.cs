using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>What a sequence keeps and computes: its keys and values, their format and which of them, and the neurons after its prompt.</summary>
public sealed record CacheOptions
{
    /// <summary>Element format. Default F16, as llama.cpp: half the memory of F32, and no loss that shows.</summary>
    public KvFormat Format { get; init; } = KvFormat.F16;

    /// <summary>What is dropped once the sequence is longer; null to keep every position.</summary>
    public EvictionOptions? Eviction { get; init; }

    /// <summary>
    /// Share of the feed-forward neurons that rows after a sequence's prompt leave out, from 0 (none) to below 1; which stay, the prompt
    /// decides (<see cref="NeuronChoice"/>).
    /// </summary>
    public double Sparsity { get; init; }

    /// <summary>
    /// The longest stretch of positions, as a row counts them, that it looks back over; null where it is the text's. Heavy hitters
    /// keep the positions at which they were written.
    /// </summary>
    public int? Reach => (Eviction as StreamingOptions)?.Bound;

    /// <summary>Every position, in a format.</summary>
    public static implicit operator CacheOptions(KvFormat format) => new() { Format = format };
}
