using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>Which keys and values a cache drops once the sequence is longer than what it keeps.</summary>
public abstract record EvictionOptions
{
    /// <summary>Most positions that a row sees, itself included.</summary>
    public abstract int Bound { get; }

    /// <summary>The same for a block's cache.</summary>
    /// <param name="block">The block.</param>
    /// <param name="format">How keys and values are kept.</param>
    /// <exception cref="InputException">The numbers make no sense, or not for this block or format.</exception>
    internal abstract KvRetention Of(BlockShape block, KvFormat format);
}

/// <summary>
/// StreamingLLM (Xiao et al., arXiv 2309.17453): the first positions, on which attention rests whatever they say, and the
/// latest ones are kept; what lies between is dropped, and positions are counted within the cache. Memory is constant however
/// long the text, and no row ever sees a distance that is larger than the cache.
/// </summary>
/// <param name="Window">Latest positions that are kept, the row's own included.</param>
/// <param name="Sinks">First positions that are kept. Four suffice (table 2); none makes it plain window attention.</param>
public sealed record StreamingOptions(int Window, int Sinks = StreamingOptions.UsualSinks) : EvictionOptions
{
    /// <summary>Sinks that suffice (table 2).</summary>
    public const int UsualSinks = 4;

    /// <inheritdoc/>
    public override int Bound => Sinks + Window;

    internal override KvRetention Of(BlockShape block, KvFormat format) => Window >= 1 && Sinks >= 0 ? new KvRetention(Sinks, Window)
        : throw new InputException($"{Sinks} sinks and a window of {Window}", "eviction", "give at least 0 sinks and a window of at least 1");
}

/// <summary>
/// H2O (Zhang et al., arXiv 2306.14048): beside the latest positions each KV head keeps those that have drawn the most attention
/// from all rows so far; when a row finds no room, the one with the least goes, rows one after the other also within a prompt.
/// Keys keep the positions at which they were written.
/// </summary>
/// <param name="HeavyHitters">Positions that are kept for the attention they drew. The paper takes as many as of the latest (§5.1).</param>
/// <param name="Recent">Latest positions that are kept, the row's own included.</param>
public sealed record HeavyHitterOptions(int HeavyHitters, int Recent) : EvictionOptions
{
    /// <summary>How positions are chosen; at random only to hold heavy hitters against it.</summary>
    public KvChoice Choice { get; init; }

    /// <inheritdoc/>
    public override int Bound => HeavyHitters + Recent;

    internal override KvRetention Of(BlockShape block, KvFormat format)
    {
        if (HeavyHitters < 0 || Recent < 1)
        {
            throw new InputException($"{HeavyHitters} heavy hitters and {Recent} recent positions", "eviction", "give at least 0 heavy hitters and 1 recent position");
        }
        if (format.IsKivi())
        {
            throw new InputException($"{format.Name()} quantizes keys of positions that follow each other together, and heavy hitters do not", "eviction", "use q8_0 or q4_0, or a window with sinks");
        }
        if (block.Window > 0)
        {
            throw new InputException($"this model sees only the latest {block.Window} positions, so that none can be heavy hitters for long", "eviction", "keep a window with sinks");
        }
        // Nothing is left to choose without heavy hitters.
        return new KvRetention(0, Recent) { Chosen = HeavyHitters, Choice = Choice };
    }
}
