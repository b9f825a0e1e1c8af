using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>Everything that a model remembers of one sequence: a state for each block, and how far it has come.</summary>
public sealed class SequenceState : IDisposable
{
    readonly ITokenState[] blocks;
    readonly NeuronChoice[]? neurons;

    internal SequenceState(ITokenState[] blocks, int capacity, CacheOptions cache, NeuronChoice[]? neurons = null, int virtualRows = 0)
    {
        (this.blocks, this.neurons) = (blocks, neurons);
        (Capacity, Cache, VirtualRows) = (capacity, cache, virtualRows);
    }

    /// <summary>Rows before the text that no token stands for; they take room beside <see cref="Capacity"/>.</summary>
    public int VirtualRows { get; }

    /// <summary>Whether those are in the cache, as they are once the sequence has run.</summary>
    internal bool HasVirtual { get; set; }

    // What the blocks hold.
    int Held(int length) => length > 0 || HasVirtual ? VirtualRows + length : 0;

    /// <summary>Positions seen so far; the next token has this position.</summary>
    public int Length { get; private set; }

    /// <summary>Most positions.</summary>
    public int Capacity { get; }

    /// <summary>How keys and values are kept.</summary>
    public CacheOptions Cache { get; }

    /// <summary>Bytes held, all blocks together.</summary>
    public long Bytes => blocks.Sum(b => b.Bytes) + (neurons?.Sum(choice => choice.Bytes) ?? 0);

    /// <summary>
    /// Positions of the prompt, by which neurons are chosen for those after it; all positions unless it is said. It is set while the
    /// sequence is empty; where it is 0, there is nothing to choose by and every neuron is computed.
    /// </summary>
    /// <exception cref="InvalidOperationException">Rows were run already.</exception>
    public int Prompt
    {
        get;
        set => field = Length == 0 ? value : throw new InvalidOperationException($"the prompt's length is set before its first row, and {Length} positions were seen");
    } = int.MaxValue;

    internal NeuronChoice? Neurons(int block) => neurons?[block];

    /// <summary>How many of a step's rows compute every neuron: the others come after the prompt.</summary>
    internal int PromptRows(SequenceRows rows) => neurons is null || Prompt == 0 ? rows.Rows : Math.Clamp(Prompt - (rows.Start - VirtualRows), 0, rows.Rows);

    internal ITokenState this[int block] => blocks[block];

    internal void Advance(int rows) => Length += rows;

    /// <summary>
    /// Whether everything that a row at position <paramref name="length"/> would see is still held. Caches that keep all
    /// positions as they were written can go back anywhere, others over the last 64 positions (not where heavy hitters are chosen),
    /// and all to 0.
    /// </summary>
    public bool CanRollBack(int length) => length >= 0 && length <= Length && (length == Length || (Array.TrueForAll(blocks, b => b.CanRollBack(length == 0 ? 0 : Held(length))) && (length == 0 || neurons is null || length >= neurons[0].Seen)));

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
            throw new InvalidOperationException($"roll back from {Length} to {length}: what rows there saw is no longer held; go back 64 positions at most (none where heavy hitters are chosen, and not into a prompt that chose neurons), or to 0 and read the text again");
        }
        if (length < Length)
        {
            // At the beginning the virtual rows go too, and are run again: not every cache can go back to their end.
            HasVirtual &= length > 0;
            foreach (ITokenState block in blocks)
            {
                block.RollBack(Held(length));
            }
            Forget(length);
        }
        Length = length;
    }

    void Forget(int length)
    {
        foreach (NeuronChoice choice in length == 0 ? neurons ?? [] : [])
        {
            choice.Clear();
        }
    }

    /// <summary>An independent copy.</summary>
    public SequenceState Fork(MemoryAccount account) =>
        new([.. blocks.Select(b => b.Fork(Held(Length), account))], Capacity, Cache, neurons is null ? null : [.. neurons.Select(choice => choice.Fork())], VirtualRows) { Prompt = Prompt, Length = Length, HasVirtual = HasVirtual };

    /// <summary>The state as bytes, a part for each block.</summary>
    public IReadOnlyList<byte[]> Save() => [.. blocks.Select((b, i) => neurons is null ? b.Save(Held(Length)) : [.. neurons[i].Save(), .. b.Save(Held(Length))])];

    /// <summary>Restores what <see cref="Save"/> returned at length <paramref name="length"/>.</summary>
    /// <exception cref="ArgumentException">The parts are not those of this model.</exception>
    public void Load(IReadOnlyList<byte[]> parts, int length)
    {
        if (parts.Count != blocks.Length || length < 0 || length > Capacity)
        {
            throw new ArgumentException($"{parts.Count} parts of length {length} for {blocks.Length} blocks of capacity {Capacity}", nameof(parts));
        }
        HasVirtual = length > 0;
        for (int b = 0; b < blocks.Length; b++)
        {
            int choice = neurons?[b].SavedBytes ?? 0;
            if (parts[b].Length < choice)
            {
                throw new ArgumentException($"part {b} has {parts[b].Length} bytes, and the choice of neurons alone takes {choice}", nameof(parts));
            }
            neurons?[b].Load(parts[b].AsSpan(0, choice));
            blocks[b].Load(parts[b].AsSpan(choice), Held(length));
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
        foreach (NeuronChoice choice in neurons ?? [])
        {
            choice.Dispose();
        }
    }
}
