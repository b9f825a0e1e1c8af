using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>
/// Learned numbers in the place of what virtual rows would have: inputs (prompt tuning, Lester et al., arXiv 2104.08691) or a block's keys
/// and values (prefix tuning, Li and Liang, arXiv 2101.00190). Several adapters' stand one after the other.
/// </summary>
public sealed class LearnedRows : IDisposable
{
    readonly List<(int First, int Count, Tensor Flat)> entries = [];

    /// <summary>Whether rows are taken over from what virtual rows have, instead of put in their place: how learned rows begin.</summary>
    public bool IsRecording { get; set; }

    /// <summary>Adds rows, which it owns from then on.</summary>
    /// <param name="first">The virtual row that the first of them is for.</param>
    /// <param name="count">How many.</param>
    /// <param name="flat">Them, one after the other. <c>[1, row · channel]</c></param>
    public void Add(int first, int count, Tensor flat) => entries.Add((first, count, flat));

    /// <summary>All of them, each as one vector.</summary>
    public IEnumerable<Tensor> Flat => entries.Select(entry => entry.Flat);

    /// <summary>Puts them into the virtual rows of a batch. <paramref name="target"/>: <c>[row, channel]</c></summary>
    public void Write(Batch batch, Tensor target)
    {
        foreach (VirtualRow row in batch.Virtual)
        {
            if (Of(row.Index, target.Columns) is { } learned)
            {
                Span<float> mine = learned.Rows.Row(learned.At), theirs = target.Row(row.Row);
                if (IsRecording)
                {
                    theirs.CopyTo(mine);
                }
                else
                {
                    mine.CopyTo(theirs);
                }
            }
        }
    }

    /// <summary>Takes the gradients of virtual rows, which then go no further. <paramref name="gradient"/>: <c>[row, channel]</c></summary>
    public void Learn(IGradients gradients, Batch batch, Tensor gradient)
    {
        foreach (VirtualRow row in batch.Virtual)
        {
            Span<float> theirs = gradient.Row(row.Row);
            if (Of(row.Index, gradient.Columns) is { } learned && gradients.Of(learned.Flat) is { } sums)
            {
                Span<float> mine = sums.Row(0).Slice(learned.At * gradient.Columns, gradient.Columns);
                for (int i = 0; i < mine.Length; i++)
                {
                    mine[i] += theirs[i];
                }
            }
            theirs.Clear();
        }
        foreach ((_, _, Tensor flat) in entries)
        {
            gradients.Finish(flat);
        }
    }

    (Tensor Rows, int At, Tensor Flat)? Of(int index, int channels)
    {
        foreach ((int first, int count, Tensor flat) in entries)
        {
            if (index >= first && index < first + count)
            {
                return (new Tensor(flat.Buffer, flat.Offset, count, channels), index - first, flat);
            }
        }
        return null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((_, _, Tensor flat) in entries)
        {
            flat.Buffer.Dispose();
        }
    }
}

/// <summary>A row of a batch that no token stands for.</summary>
/// <param name="Row">The row.</param>
/// <param name="Index">Which of the virtual rows before a text it is.</param>
public readonly record struct VirtualRow(int Row, int Index);
