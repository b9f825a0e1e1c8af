using System.Runtime.CompilerServices;

namespace Shoestring.Tensors;

/// <summary>
/// The gradients of <see cref="SiluProduct"/>: with σ = 1 / (1 + e^−gate), dGate = dy · up · σ(1 + gate(1 − σ)) and dUp = dy ·
/// gate · σ. The gradients may be written over any of the inputs.
/// </summary>
internal sealed unsafe class GateBackwardWork : RowWork
{
    Tensor gate, up, dy, dGate, dUp;

    public void Run(WorkerPool pool, Tensor gate, Tensor up, Tensor dy, Tensor dGate, Tensor dUp)
    {
        (this.gate, this.up, this.dy, this.dGate, this.dUp) = (gate, up, dy, dGate, dUp);
        RunRows(pool, gate.Rows, gate.Columns);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Row(int row)
    {
        float* g = gate.RowPointer(row), u = up.RowPointer(row), d = dy.RowPointer(row), dg = dGate.RowPointer(row), du = dUp.RowPointer(row);
        int count = gate.Columns, i = 0;
        for (; i + 16 <= count; i += 16)
        {
            Sixteen(g + i, u + i, d + i, dg + i, du + i);
        }
        if (i < count)
        {
            int rest = count - i;
            float* tail = stackalloc float[48];
            new Span<float>(tail, 48).Clear();
            new ReadOnlySpan<float>(g + i, rest).CopyTo(new Span<float>(tail, 16));
            new ReadOnlySpan<float>(u + i, rest).CopyTo(new Span<float>(tail + 16, 16));
            new ReadOnlySpan<float>(d + i, rest).CopyTo(new Span<float>(tail + 32, 16));
            Sixteen(tail, tail + 16, tail + 32, tail, tail + 16);
            new ReadOnlySpan<float>(tail, rest).CopyTo(new Span<float>(dg + i, rest));
            new ReadOnlySpan<float>(tail + 16, rest).CopyTo(new Span<float>(du + i, rest));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Sixteen(float* g, float* u, float* d, float* dg, float* du)
    {
        Lanes256 gate = Lanes256.Load(g), up = Lanes256.Load(u), dy = Lanes256.Load(d), one = Lanes256.Create(1);
        Lanes256 sigma = Lanes256.Divide(one, Lanes256.Add(one, Lanes256.Exp(Lanes256.Subtract(Lanes256.Create(0), gate))));
        Lanes256 slope = Lanes256.Multiply(sigma, Lanes256.MultiplyAdd(gate, Lanes256.Subtract(one, sigma), one));
        Lanes256.Store(Lanes256.Multiply(dy, Lanes256.Multiply(up, slope)), dg);
        Lanes256.Store(Lanes256.Multiply(dy, Lanes256.Multiply(gate, sigma)), du);
    }
}
