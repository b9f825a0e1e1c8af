using System.Runtime.InteropServices;
using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>The rows of one sequence in a batch.</summary>
/// <param name="State">What the sequence remembers.</param>
/// <param name="FirstRow">First of its rows in the batch.</param>
/// <param name="Rows">Number of its rows.</param>
/// <param name="Start">Position of the first of them, virtual rows before the text counted.</param>
public readonly record struct SequenceRows(SequenceState State, int FirstRow, int Rows, int Start);

/// <summary>
/// What one step computes: rows of tokens, sequence after sequence, without padding. Prefill, decoding, several sequences at
/// once, the verification of drafts and packed training documents are all this one shape.
/// </summary>
public sealed class Batch
{
    readonly List<SequenceRows> sequences = [];
    readonly List<RowRange> documents = [];
    readonly List<int> tokens = [];
    readonly List<int> positions = [];
    readonly List<int> logitRows = [];
    readonly List<int> sinkTurns = [];
    readonly List<VirtualRow> virtualRows = [];

    /// <summary>The sequences.</summary>
    public IReadOnlyList<SequenceRows> Sequences => sequences;

    /// <summary>The documents: whole texts that are not continued and of which nothing is remembered. A batch has these or sequences.</summary>
    public ReadOnlySpan<RowRange> Documents => CollectionsMarshal.AsSpan(documents);

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

    /// <summary>The rows that no token stands for, in their order.</summary>
    public ReadOnlySpan<VirtualRow> Virtual => CollectionsMarshal.AsSpan(virtualRows);

    /// <summary>Whether a row sees sinks over a gap.</summary>
    public bool SeesSinks { get; private set; }

    /// <summary>Whether a sequence computes only some neurons after its prompt.</summary>
    public bool IsContextual { get; private set; }

    /// <summary>Empties the batch for the next step.</summary>
    public void Clear()
    {
        sequences.Clear();
        documents.Clear();
        tokens.Clear();
        positions.Clear();
        logitRows.Clear();
        sinkTurns.Clear();
        virtualRows.Clear();
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
        int start = state.VirtualRows + state.Length;
        sequences.Add(new SequenceRows(state, tokens.Count, next.Length, start));
        for (int i = 0; i < next.Length; i++)
        {
            if (i >= next.Length - wanted)
            {
                logitRows.Add(tokens.Count);
            }
            AddRow(next[i], start + i, state.Cache);
        }
    }

    /// <summary>Adds virtual rows of a sequence that has seen nothing but those before them.</summary>
    internal void AddVirtual(SequenceState state, int first, int count)
    {
        sequences.Add(new SequenceRows(state, tokens.Count, count, first));
        for (int i = first; i < first + count; i++)
        {
            virtualRows.Add(new VirtualRow(tokens.Count, i));
            AddRow(0, i, state.Cache);
        }
    }

    void AddRow(int token, int position, CacheOptions cache)
    {
        tokens.Add(token);
        positions.Add(position);
        int gap = cache.Eviction is StreamingOptions { Sinks: > 0 } kept ? Math.Min(0, kept.Bound - 1 - position) : 0;
        sinkTurns.Add(gap);
        SeesSinks |= gap < 0;
    }

    /// <summary>Adds a document: rows that see each other from its first on, and no others.</summary>
    /// <param name="text">Its tokens.</param>
    /// <param name="hidden">Tokens under the virtual rows before them, which the rows show where nothing is learned yet; none for no such rows.</param>
    /// <exception cref="InvalidOperationException">The batch has sequences.</exception>
    public void AddDocument(ReadOnlySpan<int> text, ReadOnlySpan<int> hidden = default)
    {
        if (sequences.Count > 0)
        {
            throw new InvalidOperationException("a batch has sequences or documents, not both: clear it first");
        }
        documents.Add(new RowRange(tokens.Count, hidden.Length + text.Length));
        for (int i = 0; i < hidden.Length + text.Length; i++)
        {
            if (i < hidden.Length)
            {
                virtualRows.Add(new VirtualRow(tokens.Count, i));
            }
            tokens.Add(i < hidden.Length ? hidden[i] : text[i - hidden.Length]);
            positions.Add(i);
            sinkTurns.Add(0);
        }
    }
}
