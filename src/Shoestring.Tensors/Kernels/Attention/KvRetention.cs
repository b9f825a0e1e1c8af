namespace Shoestring.Tensors;

/// <summary>
/// Which positions a cache keeps: the first <paramref name="Sinks"/> and the latest <paramref name="Window"/> (StreamingLLM,
/// Xiao et al., arXiv 2309.17453, §3.2), or the latest and others that each KV head chooses; all of them where the window is 0.
/// </summary>
/// <param name="Sinks">Positions at the start that are never dropped.</param>
/// <param name="Window">Latest positions, the row's own included.</param>
public readonly record struct KvRetention(int Sinks, int Window)
{
    /// <summary>Positions beside the latest that each KV head chooses to keep; 0 where none are chosen.</summary>
    public int Chosen { get; init; }

    /// <summary>How they are chosen.</summary>
    public KvChoice Choice { get; init; }

    /// <summary>Positions beside sinks that a row sees once others are dropped.</summary>
    internal int Latest => Window + Chosen;

    /// <summary>Pages that hold sinks.</summary>
    internal int SinkPages => (Sinks + KvStore.PagePositions - 1) / KvStore.PagePositions;

    /// <summary>Pages before a row's own that its window may reach into.</summary>
    internal int WindowPages => (Window - 1 + KvStore.PagePositions - 1) / KvStore.PagePositions;

    /// <summary>Whether the row at <paramref name="position"/> no longer sees everything before it.</summary>
    internal bool Drops(int position) => Window > 0 && position >= (long)Sinks + Latest;
}

/// <summary>
/// What the rows of a block see: the model's own window, and what the cache keeps. A block whose own window is no longer than
/// the cache's sees just that, as it was trained to: sinks are nothing to it.
/// </summary>
/// <param name="window">The model's window, 0 for none.</param>
/// <param name="retention">What the cache keeps.</param>
internal readonly struct KvSight(int window, KvRetention retention)
{
    readonly KvRetention kept = window > 0 && window <= retention.Window ? default : retention;

    /// <summary>Positions at the start that rows go on to see when others are dropped.</summary>
    public int Sinks => kept.Sinks;

    /// <summary>Whether the row at <paramref name="position"/> sees sinks and a window rather than everything.</summary>
    public bool Drops(int position) => kept.Drops(position);

    /// <summary>The oldest position, beside sinks, that the row at <paramref name="position"/> sees.</summary>
    public int Oldest(int position) => Drops(position) ? position - kept.Latest + 1 : window > 0 ? Math.Max(0, position - window + 1) : 0;

    /// <summary>How many positions the row at <paramref name="position"/> sees.</summary>
    public int Seen(int position) => position + 1 - Oldest(position) + (Drops(position) ? Sinks : 0);
}
