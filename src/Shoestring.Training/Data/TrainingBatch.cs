using System.Runtime.InteropServices;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>
/// What one pass of training sees: documents side by side as flat rows without padding. Row r reads <see cref="Tokens"/>[r]
/// and is to predict <see cref="Targets"/>[r]; attention stays inside a document. Cleared and filled again, it allocates
/// nothing once it has been as large as it gets.
/// </summary>
public sealed class TrainingBatch
{
    readonly List<int> tokens = [], targets = [];
    readonly List<float> weights = [];
    readonly List<RowRange> documents = [];

    /// <summary>Rows of all documents.</summary>
    public int Rows => tokens.Count;

    /// <summary>The token that each row reads: <c>[row]</c>.</summary>
    public ReadOnlySpan<int> Tokens => CollectionsMarshal.AsSpan(tokens);

    /// <summary>The token that each row is to predict: <c>[row]</c>.</summary>
    public ReadOnlySpan<int> Targets => CollectionsMarshal.AsSpan(targets);

    /// <summary>What each row's loss counts, 0 where nothing is learned: <c>[row]</c>.</summary>
    public ReadOnlySpan<float> Weights => CollectionsMarshal.AsSpan(weights);

    /// <summary>The rows of each document, in order and without gaps.</summary>
    public ReadOnlySpan<RowRange> Documents => CollectionsMarshal.AsSpan(documents);

    /// <summary>Σ of <see cref="Weights"/>, in row order: what a mean loss is divided by.</summary>
    public double TotalWeight { get; private set; }

    /// <summary>Takes out all documents and keeps the memory.</summary>
    public void Clear()
    {
        tokens.Clear();
        targets.Clear();
        weights.Clear();
        documents.Clear();
        TotalWeight = 0;
    }

    /// <summary>Adds a document whose rows predict the next token: n + 1 tokens give n rows.</summary>
    /// <param name="tokens"><c>[token]</c>, two or more.</param>
    /// <param name="weights"><c>[token]</c>, what predicting each token counts; the first is not used. Empty counts each 1.</param>
    public void Add(ReadOnlySpan<int> tokens, ReadOnlySpan<float> weights = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tokens.Length, 2, nameof(tokens));
        Add(tokens[..^1], tokens[1..], weights.IsEmpty ? weights : weights[1..]);
    }

    /// <summary>Adds a document whose rows predict what is said: the same token for masked tokens, the next one otherwise.</summary>
    /// <param name="tokens"><c>[row]</c>, one or more.</param>
    /// <param name="targets"><c>[row]</c></param>
    /// <param name="weights"><c>[row]</c>; empty counts each 1.</param>
    public void Add(ReadOnlySpan<int> tokens, ReadOnlySpan<int> targets, ReadOnlySpan<float> weights)
    {
        ArgumentOutOfRangeException.ThrowIfZero(tokens.Length, nameof(tokens));
        ArgumentOutOfRangeException.ThrowIfNotEqual(targets.Length, tokens.Length, nameof(targets));
        ArgumentOutOfRangeException.ThrowIfNotEqual(weights.IsEmpty ? tokens.Length : weights.Length, tokens.Length, nameof(weights));
        documents.Add(new RowRange(Rows, tokens.Length));
        this.tokens.AddRange(tokens);
        this.targets.AddRange(targets);
        for (int row = 0; row < tokens.Length; row++)
        {
            float weight = weights.IsEmpty ? 1 : weights[row];
            this.weights.Add(weight);
            TotalWeight += weight;
        }
    }

    /// <summary>What the rows read, to be changed in place (token dropout).</summary>
    internal Span<int> MutableTokens => CollectionsMarshal.AsSpan(tokens);
}
