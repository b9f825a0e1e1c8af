using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>What a layer is handed for one step: the batch, the operations, and memory that was planned beforehand.</summary>
/// <param name="Operations">What can be computed.</param>
/// <param name="Batch">The rows.</param>
/// <param name="Memory">The activations.</param>
public sealed record Step(Operations Operations, Batch Batch, IActivationMemory Memory)
{
    AttentionSpan[] spans = [];
    Step? unfinished;

    /// <summary>Sees what goes into linear layers, or null: calibration looks on, and computes nothing itself.</summary>
    public IInputObserver? Observer { get; init; }

    /// <summary>Where the backward pass puts gradients, or null where there is none.</summary>
    public IGradients? Gradients { get; init; }

    /// <summary>The same step for all but the last of a layer's chunks of rows: gradients are added to, and none is finished.</summary>
    public Step Unfinished => unfinished ??= this with { Gradients = new UnfinishedGradients(Gradients!) };

    /// <summary>The sequences' keys and values in one block.</summary>
    public ReadOnlySpan<AttentionSpan> Spans(int block)
    {
        int count = Batch.Sequences.Count;
        if (spans.Length < count)
        {
            spans = new AttentionSpan[count];
        }
        for (int i = 0; i < count; i++)
        {
            SequenceRows rows = Batch.Sequences[i];
            spans[i] = new AttentionSpan(((KvState)rows.State[block]).Store, rows.FirstRow, rows.Rows, rows.Start);
        }
        return spans.AsSpan(0, count);
    }
}

/// <summary>Gradients that are added to and not handed over yet.</summary>
sealed class UnfinishedGradients(IGradients gradients) : IGradients
{
    public PackedMatrix? Of(PackedMatrix weight) => gradients.Of(weight);

    public Tensor? Of(Tensor vector) => gradients.Of(vector);

    public void Finish(PackedMatrix weight)
    {
        // More rows follow.
    }

    public void Finish(Tensor vector)
    {
        // More rows follow.
    }
}
