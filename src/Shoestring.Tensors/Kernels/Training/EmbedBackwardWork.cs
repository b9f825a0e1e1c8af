using System.Runtime.CompilerServices;

namespace Shoestring.Tensors;

/// <summary>
/// Adds each row of dy to its token's row of the table's gradient. A chunk is a strip of 16 channels with all rows in their
/// order, so two rows of one token never meet.
/// </summary>
internal sealed unsafe class EmbedBackwardWork : ChunkedWork
{
    const int Strip = 16;
    int[] tokens = [];
    int count;
    PackedMatrix? gradient;
    Tensor dy;

    /// <exception cref="ArgumentOutOfRangeException">A token is not in the table.</exception>
    public void Run(WorkerPool pool, ReadOnlySpan<int> tokens, Tensor dy, PackedMatrix gradient)
    {
        foreach (int token in tokens)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)token, (uint)gradient.Rows, nameof(tokens));
        }
        if (this.tokens.Length < tokens.Length)
        {
            this.tokens = new int[tokens.Length];
        }
        tokens.CopyTo(this.tokens);
        (this.dy, this.gradient, count) = (dy, gradient, tokens.Length);
        pool.Run(this, (dy.Columns + Strip - 1) / Strip);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(int chunk, int worker)
    {
        int first = chunk * Strip, width = Math.Min(Strip, dy.Columns - first);
        for (int row = 0; row < count; row++)
        {
            int token = tokens[row];
            float* source = dy.RowPointer(row) + first;
            float* target = (float*)gradient!.Group(token / PackedLayout.GroupRows) + (long)first * PackedLayout.GroupRows + token % PackedLayout.GroupRows;
            for (int c = 0; c < width; c++)
            {
                target[c * PackedLayout.GroupRows] += source[c];
            }
        }
    }
}
