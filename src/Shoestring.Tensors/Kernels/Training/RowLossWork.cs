namespace Shoestring.Tensors;

/// <summary>A loss of rows of logits against one target each, with a weight. Rows are added in their order, in double.</summary>
internal abstract unsafe class RowLossWork : RowWork
{
    int[] targets = [];
    float[] weights = [];
    double[] losses = [];
    Tensor logits;
    bool gradient;

    /// <summary>Whether logits become their gradient.</summary>
    protected bool HasGradient => gradient;

    /// <summary>Σ of the rows' losses.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The target of a row that counts is no column.</exception>
    protected double Sum(WorkerPool pool, Tensor logits, ReadOnlySpan<int> targets, ReadOnlySpan<float> weights, bool gradient)
    {
        int rows = logits.Rows;
        for (int row = 0; row < rows; row++)
        {
            if (weights[row] != 0)
            {
                ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)targets[row], (uint)logits.Columns, nameof(targets));
            }
        }
        if (losses.Length < rows)
        {
            (this.targets, this.weights, losses) = (new int[rows], new float[rows], new double[rows]);
        }
        targets[..rows].CopyTo(this.targets);
        weights[..rows].CopyTo(this.weights);
        (this.logits, this.gradient) = (logits, gradient);
        RunRows(pool, rows, logits.Columns);
        double total = 0;
        for (int row = 0; row < rows; row++)
        {
            total += losses[row];
        }
        return total;
    }

    protected sealed override void Row(int row)
    {
        if (weights[row] == 0)
        {
            losses[row] = 0;
            new Span<float>(logits.RowPointer(row), gradient ? logits.Columns : 0).Clear();
            return;
        }
        losses[row] = weights[row] * Loss(row, targets[row], weights[row]);
    }

    /// <summary>The loss of a row that counts, without its weight; its logits become the gradient where that is wanted.</summary>
    protected abstract double Loss(int row, int target, float weight);
}
