using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>What a layer is handed for one step: the batch, the operations, and memory that was planned beforehand.</summary>
/// <param name="Operations">What can be computed.</param>
/// <param name="Batch">The rows.</param>
/// <param name="Memory">The activations.</param>
public sealed record Step(Operations Operations, Batch Batch, IActivationMemory Memory)
{
    AttentionSpan[] spans = [];

    /// <summary>Sees what goes into linear layers, or null: calibration looks on, and computes nothing itself.</summary>
    public IInputObserver? Observer { get; init; }

    /// <summary>Where the backward pass puts gradients, or null where there is none.</summary>
    public IGradients? Gradients { get; init; }

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
