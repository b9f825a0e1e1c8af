using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>
/// What flows back through the norm of a decomposed delta (DoRA, arXiv 2402.09353, eq. 6, which §4.3 then leaves out): with t the sum of
/// dy · V·x over the rows, the gradient of a row of V gets −(m·t / ‖V‖³) · V in addition.
/// </summary>
sealed class DecomposedNorm : IDisposable
{
    readonly LowRankDelta low;
    readonly PackedMatrix weight;
    readonly Tensor turned, sums;

    public DecomposedNorm(LowRankDelta low, PackedMatrix weight, MemoryAccount account)
    {
        (this.low, this.weight) = (low, weight);
        Products = Rows(weight.Rows, account);
        turned = Rows(weight.Rows, account);
        sums = Rows(weight.Columns, account);
    }

    Tensor Rows(int channels, MemoryAccount account) => new(new NativeBuffer((long)low.Rank * channels * sizeof(float), MemoryKind.Weights, account), 0, low.Rank, channels);

    /// <summary>V·Aᵀ turned, filled with the norms. <c>[rank, output]</c></summary>
    public Tensor Products { get; }

    /// <summary>Adds to the gradients of A and B.</summary>
    public void Learn(Step step, ReadOnlySpan<float> magnitude, ReadOnlySpan<float> norms, ReadOnlySpan<float> totals)
    {
        PackedMatrix? da = step.Gradients!.Of(low.A), db = step.Gradients.Of(low.B);
        float[] b = new float[weight.Rows], gradient = new float[weight.Rows];
        for (int r = 0; r < low.Rank; r++)
        {
            low.B.GetRow(r, b);
            db?.GetRow(r, gradient);
            Span<float> product = Products.Row(r), scaled = turned.Row(r);
            for (int o = 0; o < b.Length; o++)
            {
                double n = norms[o];
                float slope = n > 0 ? (float)(-low.Scale * magnitude[o] * (double)totals[o] / (n * n * n)) : 0;
                gradient[o] += slope * product[o];
                scaled[o] = slope * b[o];
            }
            db?.SetRow(r, gradient);
        }
        if (da is not null)
        {
            AddToA(step.Operations, da);
        }
    }

    // Σ over outputs of slope · B · V, where V is W and what A and B add to it.
    void AddToA(Operations operations, PackedMatrix da)
    {
        operations.MultiplyInput(turned, weight, sums, add: false);
        float[] b = new float[weight.Rows], a = new float[weight.Columns], gradient = new float[weight.Columns];
        for (int r = 0; r < low.Rank; r++)
        {
            da.GetRow(r, gradient);
            Add(sums.Row(r), 1, gradient);
            for (int q = 0; q < low.Rank; q++)
            {
                low.B.GetRow(q, b);
                low.A.GetRow(q, a);
                Add(a, low.Scale * Dot(turned.Row(r), b), gradient);
            }
            da.SetRow(r, gradient);
        }
    }

    static void Add(ReadOnlySpan<float> x, float factor, Span<float> y)
    {
        for (int i = 0; i < y.Length; i++)
        {
            y[i] += factor * x[i];
        }
    }

    static float Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
        {
            sum += (double)x[i] * y[i];
        }
        return (float)sum;
    }

    public void Dispose()
    {
        Products.Buffer.Dispose();
        turned.Buffer.Dispose();
        sums.Buffer.Dispose();
    }
}
