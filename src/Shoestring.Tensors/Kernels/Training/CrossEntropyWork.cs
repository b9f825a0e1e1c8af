using System.Runtime.CompilerServices;

namespace Shoestring.Tensors;

/// <summary>
/// Cross-entropy of rows of logits against one target each, and its gradient in place: softmax − onehot. The loss of a row is
/// largest + ln Σ e^(logit − largest) − logit[target], put together in double.
/// </summary>
internal sealed unsafe class CrossEntropyWork : RowLossWork
{
    Tensor logits;
    float scale;

    /// <exception cref="ArgumentOutOfRangeException">The target of a row that counts is no column.</exception>
    public double Run(WorkerPool pool, Tensor logits, ReadOnlySpan<int> targets, ReadOnlySpan<float> weights, float scale, bool gradient)
    {
        (this.logits, this.scale) = (logits, scale);
        return Sum(pool, logits, targets, weights, gradient);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override double Loss(int row, int target, float weight)
    {
        float* x = logits.RowPointer(row);
        int count = logits.Columns;
        float largest = Largest(x, count), hit = x[target];
        float sum = Exponentials(x, largest, count, HasGradient);
        if (HasGradient)
        {
            Vectors.Scale(x, scale * weight / sum, x, count);
            x[target] -= scale * weight;
        }
        return (double)largest + Math.Log(sum) - hit;
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
