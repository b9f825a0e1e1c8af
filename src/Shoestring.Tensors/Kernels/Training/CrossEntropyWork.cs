using System.Runtime.CompilerServices;

namespace Shoestring.Tensors;

/// <summary>
/// Cross-entropy of rows of logits against one target each, and its gradient in place: softmax − onehot. The loss of a row is
/// largest + ln Σ e^(logit − largest) − logit[target], put together in double; rows are added in their order.
/// </summary>
internal sealed unsafe class CrossEntropyWork : RowWork
{
    Tensor logits;
    int[] targets = [];
    float[] weights = [];
    double[] losses = [];
    float scale;
    bool gradient;

    /// <exception cref="ArgumentOutOfRangeException">The target of a row that counts is no column.</exception>
    public double Run(WorkerPool pool, Tensor logits, ReadOnlySpan<int> targets, ReadOnlySpan<float> weights, float scale, bool gradient)
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
        (this.logits, this.scale, this.gradient) = (logits, scale, gradient);
        RunRows(pool, rows, logits.Columns);
        double total = 0;
        for (int row = 0; row < rows; row++)
        {
            total += losses[row];
        }
        return total;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Row(int row)
    {
        float* x = logits.RowPointer(row);
        int count = logits.Columns;
        float weight = weights[row];
        if (weight == 0)
        {
            losses[row] = 0;
            new Span<float>(x, gradient ? count : 0).Clear();
            return;
        }
        float largest = Largest(x, count), hit = x[targets[row]];
        float sum = Exponentials(x, largest, count, gradient);
        losses[row] = weight * ((double)largest + Math.Log(sum) - hit);
        if (gradient)
        {
            Vectors.Scale(x, scale * weight / sum, x, count);
            x[targets[row]] -= scale * weight;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static float Largest(float* x, int count)
    {
        Lanes256 largest = Lanes256.Create(float.NegativeInfinity);
        int i = 0;
        for (; i + 16 <= count; i += 16)
        {
            largest = Lanes256.Max(largest, Lanes256.Load(x + i));
        }
        float result = Reduce.Max(largest);
        for (; i < count; i++)
        {
            result = MathF.Max(result, x[i]);
        }
        return result;
    }

    /// <summary>Σ e^(x − largest), element i in lane i mod 16; the powers are kept where the gradient wants them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static float Exponentials(float* x, float largest, int count, bool keep)
    {
        Lanes256 shift = Lanes256.Create(largest), sum = Lanes256.Create(0);
        int i = 0;
        for (; i + 16 <= count; i += 16)
        {
            Lanes256 power = Lanes256.Exp(Lanes256.Subtract(Lanes256.Load(x + i), shift));
            sum = Lanes256.Add(sum, power);
            if (keep)
            {
                Lanes256.Store(power, x + i);
            }
        }
        float* lanes = stackalloc float[16];
        Lanes256.Store(sum, lanes);
        for (int lane = 0; i < count; i++, lane++)
        {
            float power = VectorMath.Exp(x[i] - largest);
            lanes[lane] += power;
            x[i] = keep ? power : x[i];
        }
        return Reduce.Sum(Lanes256.Load(lanes));
    }
}
