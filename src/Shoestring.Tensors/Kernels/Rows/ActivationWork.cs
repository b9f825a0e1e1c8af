using System.Runtime.CompilerServices;

namespace Shoestring.Tensors;

/// <summary>An element-wise function of one or two inputs, written once for 16 lanes.</summary>
internal interface IElementwise
{
    static abstract TLanes Invoke<TLanes>(TLanes x, TLanes y) where TLanes : struct, ILanes<TLanes>;
}

/// <summary>SwiGLU's gate (Shazeer, arXiv 2002.05202, §2): silu(x) · y with silu(x) = x / (1 + e^−x).</summary>
internal struct SiluProduct : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Invoke<TLanes>(TLanes x, TLanes y) where TLanes : struct, ILanes<TLanes>
    {
        TLanes denominator = TLanes.Add(TLanes.Create(1), TLanes.Exp(TLanes.Subtract(TLanes.Create(0), x)));
        return TLanes.Multiply(TLanes.Divide(x, denominator), y);
    }
}

/// <summary>
/// GELU by its tanh form (Hendrycks and Gimpel, arXiv 1606.08415, §2), as GPT-2 has it; ½(1 + tanh u) is written as
/// 1 / (1 + e^−2u).
/// </summary>
internal struct GeluTanh : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Invoke<TLanes>(TLanes x, TLanes y) where TLanes : struct, ILanes<TLanes>
    {
        const float rootTwoOverPi = 0.7978845608028654f;
        TLanes cubic = TLanes.MultiplyAdd(TLanes.Multiply(TLanes.Multiply(x, x), x), TLanes.Create(0.044715f), x);
        TLanes power = TLanes.Exp(TLanes.Multiply(cubic, TLanes.Create(-2 * rootTwoOverPi)));
        return TLanes.Divide(x, TLanes.Add(TLanes.Create(1), power));
    }
}

/// <summary>
/// dx = gelu′(x) · y. With s = 1 / (1 + e^−2u), u = √(2/π)(x + 0.044715 x³): gelu′ = s + x · s(1 − s) · 2u′.
/// </summary>
internal struct GeluTanhBackward : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Invoke<TLanes>(TLanes x, TLanes y) where TLanes : struct, ILanes<TLanes>
    {
        const float rootTwoOverPi = 0.7978845608028654f, cube = 0.044715f;
        TLanes one = TLanes.Create(1), square = TLanes.Multiply(x, x);
        TLanes cubic = TLanes.MultiplyAdd(TLanes.Multiply(square, x), TLanes.Create(cube), x);
        TLanes power = TLanes.Exp(TLanes.Multiply(cubic, TLanes.Create(-2 * rootTwoOverPi)));
        TLanes s = TLanes.Divide(one, TLanes.Add(one, power));
        TLanes slope = TLanes.MultiplyAdd(square, TLanes.Create(6 * rootTwoOverPi * cube), TLanes.Create(2 * rootTwoOverPi));
        // s (1 − s) as s · s · e^−2u would overflow where x is far below zero; there 1 − s is 1.
        TLanes curve = TLanes.Multiply(TLanes.Multiply(x, s), TLanes.Multiply(TLanes.Subtract(one, s), slope));
        return TLanes.Multiply(TLanes.Add(s, curve), y);
    }
}

/// <summary>x + y.</summary>
internal struct Sum : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Invoke<TLanes>(TLanes x, TLanes y) where TLanes : struct, ILanes<TLanes> => TLanes.Add(x, y);
}

/// <summary>x · y.</summary>
internal struct Times : IElementwise
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Invoke<TLanes>(TLanes x, TLanes y) where TLanes : struct, ILanes<TLanes> => TLanes.Multiply(x, y);
}

/// <summary>z = f(x, y) over rows; the last lanes of a row go through a padded copy, so that they are computed alike.</summary>
internal sealed unsafe class ElementwiseWork<TFunction> : RowWork where TFunction : struct, IElementwise
{
    Tensor x, y, z;
    bool repeat;

    /// <summary><paramref name="y"/> of one row is used for every row.</summary>
    public void Run(WorkerPool pool, Tensor x, Tensor y, Tensor z)
    {
        (this.x, this.y, this.z) = (x, y, z);
        repeat = y.Rows == 1 && x.Rows > 1;
        RunRows(pool, x.Rows, x.Columns);
    }

    protected override void Row(int row) => Apply(x.RowPointer(row), y.RowPointer(repeat ? 0 : row), z.RowPointer(row), x.Columns);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Apply(float* a, float* b, float* c, int count)
    {
        int i = 0;
        for (; i + 16 <= count; i += 16)
        {
            Lanes256.Store(TFunction.Invoke(Lanes256.Load(a + i), Lanes256.Load(b + i)), c + i);
        }
        if (i < count)
        {
            float* tail = stackalloc float[32];
            new Span<float>(tail, 32).Clear();
            new ReadOnlySpan<float>(a + i, count - i).CopyTo(new Span<float>(tail, 16));
            new ReadOnlySpan<float>(b + i, count - i).CopyTo(new Span<float>(tail + 16, 16));
            Lanes256.Store(TFunction.Invoke(Lanes256.Load(tail), Lanes256.Load(tail + 16)), tail);
            new ReadOnlySpan<float>(tail, count - i).CopyTo(new Span<float>(c + i, count - i));
        }
    }
}
