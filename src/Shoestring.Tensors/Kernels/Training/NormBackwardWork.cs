using System.Runtime.CompilerServices;

namespace Shoestring.Tensors;

/// <summary>
/// The gradients of <see cref="NormWork"/>. With s = 1 / √(mean(x²) + ε), g = w · dy and n channels, RMSNorm has
/// <code>dx = s · g − x · s³ / n · Σ g x,   dw = Σ over rows of dy · x · s</code>
/// and LayerNorm, with x̂ = (x − mean) · s,
/// <code>dx = s · (g − Σ g / n − x̂ · Σ g x̂ / n),   dw = Σ dy · x̂,   db = Σ dy</code>
/// (the derivatives of eq. 4 of arXiv 1910.07467 and of eq. 4 of arXiv 1607.06450). A chunk is at most a 64th of the rows, with
/// partial sums of its own for dw and db, which are added in the order of the chunks.
/// </summary>
internal sealed unsafe class NormBackwardWork : ChunkedWork
{
    const int MostChunks = 64;
    const int FewestRows = 16;

    Tensor x, weight, dy, dx;
    float* partials;
    float epsilon;
    int rowsPerChunk, segment;
    bool centred, add, wantWeight, wantBias;

    /// <summary>Floats of scratch memory that partial sums take.</summary>
    public static long ScratchFloats(int segment) => 2L * MostChunks * segment;

    public void Run(WorkerPool pool, Tensor x, Tensor weight, float epsilon, bool centred, Tensor dy, Tensor dx, bool add, Tensor? weightGradient, Tensor? biasGradient, float* partials)
    {
        (this.x, this.weight, this.epsilon, this.centred, this.dy, this.dx, this.add) = (x, weight, epsilon, centred, dy, dx, add);
        this.partials = partials;
        (wantWeight, wantBias, segment) = (weightGradient != null, biasGradient != null, weight.Columns);
        rowsPerChunk = Math.Max(FewestRows, (x.Rows + MostChunks - 1) / MostChunks);
        int chunks = (x.Rows + rowsPerChunk - 1) / rowsPerChunk;
        pool.Run(this, chunks);
        for (int chunk = 0; chunk < chunks; chunk++)
        {
            if (weightGradient is { } weights)
            {
                Vectors.Add(Partial(chunk), weights.Pointer, segment);
            }
            if (biasGradient is { } biases)
            {
                Vectors.Add(Partial(chunk) + segment, biases.Pointer, segment);
            }
        }
    }

    float* Partial(int chunk) => partials + 2L * chunk * segment;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(int chunk, int worker)
    {
        float* weights = wantWeight ? Partial(chunk) : null, biases = wantBias ? Partial(chunk) + segment : null;
        new Span<float>(Partial(chunk), wantWeight || wantBias ? 2 * segment : 0).Clear();
        for (int row = chunk * rowsPerChunk, end = Math.Min(x.Rows, row + rowsPerChunk); row < end; row++)
        {
            for (int first = 0; first < x.Columns; first += segment)
            {
                float* input = x.RowPointer(row) + first, gradient = dy.RowPointer(row) + first, target = dx.RowPointer(row) + first;
                if (centred)
                {
                    Layer(input, gradient, target, weights, biases);
                }
                else
                {
                    RootMeanSquare(input, gradient, target, weights);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void RootMeanSquare(float* x, float* dy, float* dx, float* dw)
    {
        int n = segment;
        float scale = 1f / MathF.Sqrt(NormWork.SumOfSquares(x, 0, n) / n + epsilon);
        float factor = -Weighted(x, 0, 1, dy, n) / n * scale * scale * scale;
        Accumulate(x, 0, scale, dy, dw, null, n);
        Combine(x, 0, dy, scale, factor, 0, dx, n);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void Layer(float* x, float* dy, float* dx, float* dw, float* db)
    {
        int n = segment;
        float mean = NormWork.Sum(x, n) / n, scale = 1f / MathF.Sqrt(NormWork.SumOfSquares(x, mean, n) / n + epsilon);
        float factor = -Weighted(x, mean, scale, dy, n) / n * scale * scale, shift = -Vectors.Dot(weight.Pointer, dy, n) / n * scale;
        Accumulate(x, mean, scale, dy, dw, db, n);
        Combine(x, mean, dy, scale, factor, shift, dx, n);
    }

    /// <summary>Σ w · dy · (x − centre) · scale.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    float Weighted(float* x, float centre, float scale, float* dy, int count)
    {
        float* w = weight.Pointer;
        Lanes256 sum = Lanes256.Create(0), middle = Lanes256.Create(centre), factor = Lanes256.Create(scale);
        int i = 0;
        for (; i + 16 <= count; i += 16)
        {
            Lanes256 g = Lanes256.Multiply(Lanes256.Load(w + i), Lanes256.Load(dy + i));
            sum = Lanes256.MultiplyAdd(g, Lanes256.Multiply(Lanes256.Subtract(Lanes256.Load(x + i), middle), factor), sum);
        }
        float* lanes = stackalloc float[16];
        Lanes256.Store(sum, lanes);
        for (int lane = 0; i < count; i++, lane++)
        {
            lanes[lane] = MathF.FusedMultiplyAdd(w[i] * dy[i], (x[i] - centre) * scale, lanes[lane]);
        }
        return Reduce.Sum(Lanes256.Load(lanes));
    }

    /// <summary>dw += dy · (x − centre) · scale and db += dy, where they are wanted. Before dx is written: it may be dy.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Accumulate(float* x, float centre, float scale, float* dy, float* dw, float* db, int count)
    {
        if (db != null)
        {
            Vectors.Add(dy, db, count);
        }
        if (dw == null)
        {
            return;
        }
        Lanes256 middle = Lanes256.Create(centre), factor = Lanes256.Create(scale);
        int i = 0;
        for (; i + 16 <= count; i += 16)
        {
            Lanes256 normal = Lanes256.Multiply(Lanes256.Subtract(Lanes256.Load(x + i), middle), factor);
            Lanes256.Store(Lanes256.MultiplyAdd(Lanes256.Load(dy + i), normal, Lanes256.Load(dw + i)), dw + i);
        }
        for (; i < count; i++)
        {
            dw[i] = MathF.FusedMultiplyAdd(dy[i], (x[i] - centre) * scale, dw[i]);
        }
    }

    /// <summary>dx (+)= scale · w · dy + factor · (x − centre) + shift.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void Combine(float* x, float centre, float* dy, float scale, float factor, float shift, float* dx, int count)
    {
        float* w = weight.Pointer;
        Lanes256 s = Lanes256.Create(scale), f = Lanes256.Create(factor), middle = Lanes256.Create(centre), h = Lanes256.Create(shift);
        int i = 0;
        for (; i + 16 <= count; i += 16)
        {
            Lanes256 value = Lanes256.MultiplyAdd(f, Lanes256.Subtract(Lanes256.Load(x + i), middle), h);
            value = Lanes256.MultiplyAdd(s, Lanes256.Multiply(Lanes256.Load(w + i), Lanes256.Load(dy + i)), value);
            Lanes256.Store(add ? Lanes256.Add(Lanes256.Load(dx + i), value) : value, dx + i);
        }
        for (; i < count; i++)
        {
            float value = MathF.FusedMultiplyAdd(scale, w[i] * dy[i], MathF.FusedMultiplyAdd(factor, x[i] - centre, shift));
            dx[i] = add ? dx[i] + value : value;
        }
    }
}
