using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>
/// An endless stream of batches over documents, epoch after epoch. What comes is a function of the options and of
/// <see cref="Position"/> alone, so that going on from a saved position is exact.
/// </summary>
public sealed class BatchStream
{
    readonly TokenStore store;
    readonly BatchOptions options;
    readonly TrainingObjective objective;
    readonly TokenSlice[] pieces;
    readonly int[] tokens;
    readonly float[] weights;
    BatchPlan plan;
    DataPosition position;

    /// <summary>Begins at the first batch of the first epoch.</summary>
    /// <param name="store">Where the tokens are.</param>
    /// <param name="documents">Which documents, in the order in which they come where they are not shuffled.</param>
    /// <param name="options">How they become batches.</param>
    /// <param name="objective">What is to be predicted; null for the next token.</param>
    /// <exception cref="InputException">There is nothing to train on, or a batch has no room for a document.</exception>
    public BatchStream(TokenStore store, IReadOnlyList<TokenSlice> documents, BatchOptions options, TrainingObjective? objective = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(documents);
        ArgumentNullException.ThrowIfNull(options);
        if (options.Context < 1 || options.Rows < options.Context)
        {
            throw new InputException($"a batch of {options.Rows} rows has no room for a context of {options.Context}", "training data", "give a batch of at least one context");
        }
        pieces = [.. documents.SelectMany(document => document.Cut(options.Context))];
        if (pieces.Length == 0)
        {
            throw new InputException("no document has two tokens, so that there is nothing to predict", "training data", "give longer texts");
        }
        (this.store, this.options, this.objective) = (store, options, objective ?? new CausalObjective());
        tokens = new int[options.Context + 1];
        weights = new float[options.Context + 1];
        RowsPerEpoch = pieces.Sum(piece => piece.Count - 1L);
        plan = BatchPlan.Of(pieces, options, 0);
    }

    /// <summary>Rows of an epoch: each token of a document but its first is predicted once.</summary>
    public long RowsPerEpoch { get; }

    /// <summary>Batches of the epoch that it is in; with best fit, and in order without shuffling, of any.</summary>
    public int Batches => plan.Count;

    /// <summary>The share of the rows of the epoch's batches that documents fill.</summary>
    public double Fill => RowsPerEpoch / ((double)Batches * options.Rows);

    /// <summary>The next batch; set it to go on from where another stream was.</summary>
    public DataPosition Position
    {
        get => position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value.Epoch);
            ArgumentOutOfRangeException.ThrowIfNegative(value.Batch);
            BatchPlan next = value.Epoch == position.Epoch ? plan : BatchPlan.Of(pieces, options, value.Epoch);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(value.Batch, next.Count, nameof(value));
            (plan, position) = (next, value);
        }
    }

    /// <summary>Replaces what a batch holds by the next one, and goes on.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="longest">The most rows of a document for now, as a length curriculum sets it; longer ones are cut into several.</param>
    public void Next(TrainingBatch batch, int longest = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentOutOfRangeException.ThrowIfLessThan(longest, 1);
        batch.Clear();
        foreach (int piece in plan[position.Batch])
        {
            Add(batch, piece, Math.Min(longest, options.Context));
        }
        Position = position.Batch + 1 < plan.Count ? position with { Batch = position.Batch + 1 } : new DataPosition(position.Epoch + 1, 0);
    }

    void Add(TrainingBatch batch, int piece, int longest)
    {
        int count = pieces[piece].Count;
        store.Read(pieces[piece], tokens, weights);
        for (int first = 0; first < count - 1; first += longest)
        {
            int part = Math.Min(longest + 1, count - first);
            ulong item = (ulong)position.Epoch << 32 | (uint)piece;
            objective.Add(batch, tokens.AsSpan(first, part), weights.AsSpan(first, part), new ObjectiveDraw(options.Seed, item, first));
        }
    }
}
