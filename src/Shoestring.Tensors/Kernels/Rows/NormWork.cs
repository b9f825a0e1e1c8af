using System.Runtime.CompilerServices;

namespace Shoestring.Tensors;

/// <summary>
/// RMSNorm (Zhang and Sennrich, arXiv 1910.07467, eq. 4): y = x / √(mean(x²) + ε) · w, and LayerNorm (Ba et al., arXiv
/// 1607.06450, eq. 4): y = (x − mean) / √(variance + ε) · w + b. Sums go through 16 lanes, element i into lane i mod 16,
/// on every path. Rows may be cut into segments that are normalized one by one (the heads of QK norm).
/// </summary>
internal sealed unsafe class NormWork : RowWork
{
    Tensor input, output, weight, bias;
    float epsilon;
    int segment;
    bool centred;

    public void Run(WorkerPool pool, Tensor input, Tensor weight, Tensor? bias, float epsilon, bool centred, int segment, Tensor output)
    {
        (this.input, this.weight, this.epsilon, this.centred, this.segment, this.output) = (input, weight, epsilon, centred, segment, output);
        this.bias = bias ?? default;
        RunRows(pool, input.Rows, input.Columns);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Row(int row)
    {
        float* x = input.RowPointer(row), y = output.RowPointer(row), w = weight.Pointer;
        for (int first = 0; first < input.Columns; first += segment)
        {
            if (centred)
            {
                Layer(x + first, w, bias.Buffer == null ? null : bias.Pointer, segment, epsilon, y + first);
            }
            else
            {
                RootMeanSquare(x + first, w, segment, epsilon, y + first);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void RootMeanSquare(float* x, float* w, int count, float epsilon, float* y)
    {
        float scale = 1f / MathF.Sqrt(SumOfSquares(x, 0, count) / count + epsilon);
        Lanes256 factor = Lanes256.Create(scale);
        int i = 0;
        for (; i + 16 <= count; i += 16)
        {
            Lanes256.Store(Lanes256.Multiply(Lanes256.Multiply(Lanes256.Load(x + i), factor), Lanes256.Load(w + i)), y + i);
        }
        for (; i < count; i++)
        {
            y[i] = x[i] * scale * w[i];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Layer(float* x, float* w, float* b, int count, float epsilon, float* y)
    {
        float mean = Sum(x, count) / count;
        float scale = 1f / MathF.Sqrt(SumOfSquares(x, mean, count) / count + epsilon);
        Lanes256 middle = Lanes256.Create(mean), factor = Lanes256.Create(scale);
        int i = 0;
        for (; i + 16 <= count; i += 16)
        {
            Lanes256 normal = Lanes256.Multiply(Lanes256.Multiply(Lanes256.Subtract(Lanes256.Load(x + i), middle), factor), Lanes256.Load(w + i));
            Lanes256.Store(Lanes256.Add(normal, b == null ? Lanes256.Create(0) : Lanes256.Load(b + i)), y + i);
        }
        for (; i < count; i++)
        {
            y[i] = (x[i] - mean) * scale * w[i] + (b == null ? 0 : b[i]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static float Sum(float* x, int count)
    {
        Lanes256 sum = Lanes256.Create(0);
        int i = 0;
        for (; i + 16 <= count; i += 16)
        {
            sum = Lanes256.Add(sum, Lanes256.Load(x + i));
        }
        float* lanes = stackalloc float[16];
        Lanes256.Store(sum, lanes);
        for (int lane = 0; i < count; i++, lane++)
        {
            lanes[lane] += x[i];
        }
        return Reduce.Sum(Lanes256.Load(lanes));
    }

    /// <summary>Σ (x − centre)².</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static float SumOfSquares(float* x, float centre, int count)
    {
        Lanes256 sum = Lanes256.Create(0), middle = Lanes256.Create(centre);
        int i = 0;
        for (; i + 16 <= count; i += 16)
        {
            Lanes256 d = Lanes256.Subtract(Lanes256.Load(x + i), middle);
            sum = Lanes256.MultiplyAdd(d, d, sum);
        }
        float* lanes = stackalloc float[16];
        Lanes256.Store(sum, lanes);
        for (int lane = 0; i < count; i++, lane++)
        {
            lanes[lane] = MathF.FusedMultiplyAdd(x[i] - centre, x[i] - centre, lanes[lane]);
        }
        return Reduce.Sum(Lanes256.Load(lanes));
    }
}
