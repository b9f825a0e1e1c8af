using System.Runtime.InteropServices;

namespace Shoestring.Models;

/// <summary>The rows of one sequence in a batch.</summary>
/// <param name="State">What the sequence remembers.</param>
/// <param name="FirstRow">First of its rows in the batch.</param>
/// <param name="Rows">Number of its rows.</param>
/// <param name="Start">Position of the first of them.</param>
public readonly record struct SequenceRows(SequenceState State, int FirstRow, int Rows, int Start);

/// <summary>
/// What one step computes: rows of tokens, sequence after sequence, without padding. Prefill, decoding, several sequences at
/// once and the verification of drafts are all this one shape.
/// </summary>
public sealed class Batch
{
    readonly List<SequenceRows> sequences = [];
    readonly List<int> tokens = [];
    readonly List<int> positions = [];
    readonly List<int> logitRows = [];
    readonly List<int> sinkTurns = [];

    /// <summary>The sequences.</summary>
    public IReadOnlyList<SequenceRows> Sequences => sequences;

    /// <summary>Number of rows.</summary>
    public int Rows => tokens.Count;

    /// <summary>Token of each row.</summary>
    public ReadOnlySpan<int> Tokens => CollectionsMarshal.AsSpan(tokens);

    /// <summary>Position of each row in its sequence.</summary>
    public ReadOnlySpan<int> Positions => CollectionsMarshal.AsSpan(positions);

    /// <summary>The rows whose logits are wanted, ascending.</summary>
    public ReadOnlySpan<int> LogitRows => CollectionsMarshal.AsSpan(logitRows);

    /// <summary>
    /// For each row the positions, 0 or negative, by which its queries turn to see sinks: from its place in the sequence to its
    /// place in the cache.
    /// </summary>
    public ReadOnlySpan<int> SinkTurns => CollectionsMarshal.AsSpan(sinkTurns);

    /// <summary>Whether a row sees sinks over a gap.</summary>
    public bool SeesSinks { get; private set; }

    /// <summary>Whether a sequence computes only some neurons after its prompt.</summary>
    public bool IsContextual { get; private set; }

    /// <summary>Empties the batch for the next step.</summary>
    public void Clear()
    {
        sequences.Clear();
        tokens.Clear();
        positions.Clear();
        logitRows.Clear();
        sinkTurns.Clear();
        SeesSinks = false;
        IsContextual = false;
    }

    /// <summary>Adds a sequence's next tokens.</summary>
    /// <param name="state">The sequence; at most once in a batch.</param>
    /// <param name="next">Its next tokens.</param>
    /// <param name="wanted">How many of the last rows want logits.</param>
    /// <exception cref="ArgumentException">The tokens do not fit the state's capacity.</exception>
    public void Add(SequenceState state, ReadOnlySpan<int> next, int wanted = 1)
    {
        if (next.Length == 0 || state.Length + next.Length > state.Capacity)
        {
            throw new ArgumentException($"{next.Length} tokens at position {state.Length} of a sequence of {state.Capacity}", nameof(next));
        }
        IsContextual |= state.Cache.Sparsity > 0;
        sequences.Add(new SequenceRows(state, tokens.Count, next.Length, state.Length));
        for (int i = 0; i < next.Length; i++)
        {
            if (i >= next.Length - wanted)
            {
                logitRows.Add(tokens.Count);
            }
            tokens.Add(next[i]);
            positions.Add(state.Length + i);
            int gap = state.Cache.Eviction is StreamingOptions { Sinks: > 0 } kept ? Math.Min(0, kept.Bound - 1 - (state.Length + i)) : 0;
            sinkTurns.Add(gap);
            SeesSinks |= gap < 0;
        }
    }
}
