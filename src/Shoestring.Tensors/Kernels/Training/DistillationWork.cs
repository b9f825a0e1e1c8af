using System.Runtime.CompilerServices;

namespace Shoestring.Tensors;

/// <summary>
/// (1 − α) · cross-entropy + α · T² · KL between rows of a student's and a teacher's logits, and its gradient in place of the student's.
/// With p the teacher's and q the student's probabilities at temperature T, the gradient of T² · KL(p ‖ q) is T · (q − p), that of
/// T² · KL(q ‖ p) is T · q · (ln q − ln p − KL). Equal logits give a divergence and a gradient of exactly 0: both sides are computed by the
/// same operations. One version, lane by lane and thus the same on every path: four passes of a row beside the head's product of
/// hundreds of multiply-adds a logit. The plain formula in doubles is in the tests.
/// </summary>
internal sealed unsafe class DistillationWork : RowLossWork
{
    Tensor student, teacher;
    SoftTargets how;
    float scale;

    /// <exception cref="ArgumentOutOfRangeException">The target of a row that counts is no column.</exception>
    public double Run(WorkerPool pool, Tensor student, Tensor teacher, ReadOnlySpan<int> targets, ReadOnlySpan<float> weights, SoftTargets how, float scale, bool gradient)
    {
        (this.student, this.teacher, this.how, this.scale) = (student, teacher, how, scale);
        return Sum(pool, student, targets, weights, gradient);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override double Loss(int row, int target, float weight)
    {
        float* x = student.RowPointer(row), t = teacher.RowPointer(row);
        int count = student.Columns;
        float temperature = how.Temperature;
        Logs q = Logs.Of(x, count, 1 / temperature), p = Logs.Of(t, count, 1 / temperature), hard = how.Alpha < 1 ? Logs.Of(x, count, 1) : q;
        bool reverse = how.Direction == DivergenceDirection.Reverse;
        float divergence = reverse ? Divergence(x, q, t, p, count) : Divergence(t, p, x, q, count);
        double loss = (double)how.Alpha * temperature * temperature * divergence;
        loss += how.Alpha < 1 ? (1 - (double)how.Alpha) * ((double)hard.Largest + hard.LogSum - x[target]) : 0;
        if (!HasGradient)
        {
            return loss;
        }
        float soft = scale * weight * how.Alpha * temperature, plain = scale * weight * (1 - how.Alpha);
        if (reverse)
        {
            Reverse(x, q, t, p, count, soft, divergence, plain, hard);
        }
        else
        {
            Forward(x, q, t, p, count, soft, plain, hard);
        }
        x[target] -= plain;
        return loss;
    }

    /// <summary>The logarithms of a row's probabilities: (x − largest) · factor − ln Σ.</summary>
    readonly struct Logs(float largest, float factor, float logSum)
    {
        public float Largest => largest;

        public float LogSum => logSum;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public static Logs Of(float* x, int count, float factor)
        {
            float largest = CrossEntropyWork.Largest(x, count);
            Lanes256 shift = Lanes256.Create(largest), times = Lanes256.Create(factor), sum = Lanes256.Create(0);
            int i = 0;
            for (; i + 16 <= count; i += 16)
            {
                sum = Lanes256.Add(sum, Lanes256.Exp(Lanes256.Multiply(Lanes256.Subtract(Lanes256.Load(x + i), shift), times)));
            }
            float* lanes = stackalloc float[16];
            Lanes256.Store(sum, lanes);
            for (int lane = 0; i < count; i++, lane++)
            {
                lanes[lane] += VectorMath.Exp((x[i] - largest) * factor);
            }
            return new Logs(largest, factor, (float)Math.Log(Reduce.Sum(Lanes256.Load(lanes))));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Lanes256 At(Lanes256 x) => Lanes256.MultiplyAdd(Lanes256.Subtract(x, Lanes256.Create(largest)), Lanes256.Create(factor), Lanes256.Create(-logSum));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float At(float x) => MathF.FusedMultiplyAdd(x - largest, factor, -logSum);
    }

    /// <summary>Σ a · (ln a − ln b), element i in lane i mod 16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static float Divergence(float* a, in Logs logA, float* b, in Logs logB, int count)
    {
        Lanes256 sum = Lanes256.Create(0);
        int i = 0;
        for (; i + 16 <= count; i += 16)
        {
            Lanes256 one = logA.At(Lanes256.Load(a + i));
            sum = Lanes256.MultiplyAdd(Lanes256.Exp(one), Lanes256.Subtract(one, logB.At(Lanes256.Load(b + i))), sum);
        }
        float* lanes = stackalloc float[16];
        Lanes256.Store(sum, lanes);
        for (int lane = 0; i < count; i++, lane++)
        {
            float one = logA.At(a[i]);
            lanes[lane] = MathF.FusedMultiplyAdd(VectorMath.Exp(one), one - logB.At(b[i]), lanes[lane]);
        }
        return Reduce.Sum(Lanes256.Load(lanes));
    }

    /// <summary>x = soft · (q − p) + plain · softmax(x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Forward(float* x, in Logs q, float* t, in Logs p, int count, float soft, float plain, in Logs hard)
    {
        Lanes256 softly = Lanes256.Create(soft), plainly = Lanes256.Create(plain);
        int i = 0;
        for (; i + 16 <= count; i += 16)
        {
            Lanes256 logit = Lanes256.Load(x + i);
            Lanes256 off = Lanes256.Subtract(Lanes256.Exp(q.At(logit)), Lanes256.Exp(p.At(Lanes256.Load(t + i))));
            Lanes256.Store(Lanes256.MultiplyAdd(softly, off, Lanes256.Multiply(plainly, Lanes256.Exp(hard.At(logit)))), x + i);
        }
        for (; i < count; i++)
        {
            float off = VectorMath.Exp(q.At(x[i])) - VectorMath.Exp(p.At(t[i]));
            x[i] = MathF.FusedMultiplyAdd(soft, off, plain * VectorMath.Exp(hard.At(x[i])));
        }
    }

    /// <summary>x = soft · q · (ln q − ln p − divergence) + plain · softmax(x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Reverse(float* x, in Logs q, float* t, in Logs p, int count, float soft, float divergence, float plain, in Logs hard)
    {
        Lanes256 softly = Lanes256.Create(soft), plainly = Lanes256.Create(plain), mean = Lanes256.Create(divergence);
        int i = 0;
        for (; i + 16 <= count; i += 16)
        {
            Lanes256 logit = Lanes256.Load(x + i), log = q.At(logit);
            Lanes256 off = Lanes256.Multiply(Lanes256.Exp(log), Lanes256.Subtract(Lanes256.Subtract(log, p.At(Lanes256.Load(t + i))), mean));
            Lanes256.Store(Lanes256.MultiplyAdd(softly, off, Lanes256.Multiply(plainly, Lanes256.Exp(hard.At(logit)))), x + i);
        }
        for (; i < count; i++)
        {
            float log = q.At(x[i]), off = VectorMath.Exp(log) * (log - p.At(t[i]) - divergence);
            x[i] = MathF.FusedMultiplyAdd(soft, off, plain * VectorMath.Exp(hard.At(x[i])));
        }
    }
}
