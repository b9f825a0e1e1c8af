using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>How a sequence's keys and values are kept: their format, and which of them.</summary>
public sealed record CacheOptions
{
    /// <summary>Element format. Default F16, as llama.cpp: half the memory of F32, and no loss that shows.</summary>
    public KvFormat Format { get; init; } = KvFormat.F16;

    /// <summary>What is dropped once the sequence is longer; null to keep every position.</summary>
    public EvictionOptions? Eviction { get; init; }

    /// <summary>Every position, in a format.</summary>
    public static implicit operator CacheOptions(KvFormat format) => new() { Format = format };

    /// <summary>Most positions that a row sees, or null where nothing is dropped.</summary>
    public int? Bound => Eviction?.Bound;
}

/// <summary>
/// StreamingLLM (Xiao et al., arXiv 2309.17453): the first positions, on which attention rests whatever they say, and the
/// latest ones are kept; what lies between is dropped, and positions are counted within the cache. Memory is constant however
/// long the text, and no row ever sees a distance that is larger than the cache.
/// </summary>
/// <param name="Window">Latest positions that are kept, the row's own included.</param>
/// <param name="Sinks">First positions that are kept. Four suffice (table 2); none makes it plain window attention.</param>
public sealed record EvictionOptions(int Window, int Sinks = EvictionOptions.UsualSinks)
{
    /// <summary>Sinks that suffice (table 2).</summary>
    public const int UsualSinks = 4;

    /// <summary>Most positions that a row sees.</summary>
    public int Bound => Sinks + Window;
}
