using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>Everything that a model remembers of one sequence: a state for each block, and how far it has come.</summary>
public sealed class SequenceState : IDisposable
{
    readonly ITokenState[] blocks;

    internal SequenceState(ITokenState[] blocks, int capacity, CacheOptions cache)
    {
        this.blocks = blocks;
        (Capacity, Cache) = (capacity, cache);
    }

    /// <summary>Positions seen so far; the next token has this position.</summary>
    public int Length { get; private set; }

    /// <summary>Most positions.</summary>
    public int Capacity { get; }

    /// <summary>How keys and values are kept.</summary>
    public CacheOptions Cache { get; }

    /// <summary>Bytes held, all blocks together.</summary>
    public long Bytes => blocks.Sum(b => b.Bytes);

    internal ITokenState this[int block] => blocks[block];

    internal void Advance(int rows) => Length += rows;

    /// <summary>
    /// Whether everything that a row at position <paramref name="length"/> would see is still held. Caches that keep all
    /// positions as they were written can go back anywhere, others over the last 64 positions (not where heavy hitters are chosen),
    /// and all to 0.
    /// </summary>
    public bool CanRollBack(int length) => length >= 0 && length <= Length && (length == Length || Array.TrueForAll(blocks, b => b.CanRollBack(length)));

    /// <summary>Forgets everything from position <paramref name="length"/> on.</summary>
    /// <exception cref="InvalidOperationException">
    /// What rows there saw is no longer held: go back to 0 and read the text again, for the same result.
    /// </exception>
    public void RollBack(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        if (!CanRollBack(length))
        {
            throw new InvalidOperationException($"roll back from {Length} to {length}: what rows there saw is no longer held; go back 64 positions at most (none where heavy hitters are chosen), or to 0 and read the text again");
        }
        if (length < Length)
        {
            foreach (ITokenState block in blocks)
            {
                block.RollBack(length);
            }
        }
        Length = length;
    }

    /// <summary>An independent copy.</summary>
    public SequenceState Fork(MemoryAccount account) =>
        new([.. blocks.Select(b => b.Fork(Length, account))], Capacity, Cache) { Length = Length };

    /// <summary>The state as bytes, a part for each block.</summary>
    public IReadOnlyList<byte[]> Save() => [.. blocks.Select(b => b.Save(Length))];

    /// <summary>Restores what <see cref="Save"/> returned at length <paramref name="length"/>.</summary>
    /// <exception cref="ArgumentException">The parts are not those of this model.</exception>
    public void Load(IReadOnlyList<byte[]> parts, int length)
    {
        if (parts.Count != blocks.Length || length < 0 || length > Capacity)
        {
            throw new ArgumentException($"{parts.Count} parts of length {length} for {blocks.Length} blocks of capacity {Capacity}", nameof(parts));
        }
        for (int b = 0; b < blocks.Length; b++)
        {
            blocks[b].Load(parts[b], length);
        }
        Length = length;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (ITokenState block in blocks)
        {
            block.Dispose();
        }
    }
}
