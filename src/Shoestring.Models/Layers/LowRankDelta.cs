using System.Runtime.InteropServices;
using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>
/// LoRA (Hu et al., arXiv 2106.09685, §4.1): y += s · (x·Aᵀ)·Bᵀ. B is held turned, so that it adds to y by the product that runs
/// backwards through a layer, and nothing is needed beside y.
/// </summary>
public sealed class LowRankDelta : ILinearDelta
{
    readonly PackedMatrix a;
    readonly PackedMatrix b;
    readonly float scale;
    readonly DeltaMemory memory;

    /// <summary>Takes the two matrices, which it owns from then on.</summary>
    /// <param name="a">A, in F32. <c>[rank, inputs]</c></param>
    /// <param name="b">B turned, in F32. <c>[rank, outputs]</c></param>
    /// <param name="scale">s: α / rank, or α / √rank (rsLoRA: Kalajdzievski, arXiv 2312.03732, theorem 3.2).</param>
    /// <param name="memory">Where to put what lies between the two, shared by the deltas of a model.</param>
    /// <exception cref="ArgumentException">The matrices' ranks differ.</exception>
    public LowRankDelta(PackedMatrix a, PackedMatrix b, float scale, DeltaMemory memory)
    {
        if (a.Rows != b.Rows)
        {
            throw new ArgumentException($"A has rank {a.Rows} and B {b.Rows}", nameof(b));
        }
        (this.a, this.b, this.scale, this.memory) = (a, b, scale, memory);
    }

    /// <summary>The rank.</summary>
    public int Rank => a.Rows;

    /// <summary>A. <c>[rank, inputs]</c></summary>
    public PackedMatrix A => a;

    /// <summary>B turned. <c>[rank, outputs]</c></summary>
    public PackedMatrix B => b;

    /// <summary>s.</summary>
    public float Scale => scale;

    /// <inheritdoc/>
    public void Forward(Linear layer, Operations operations, Tensor x, Tensor y)
    {
        Add(operations, x, y);
        layer.AddBias(operations, y);
    }

    /// <summary>y += Δ(x) alone.</summary>
    internal void Add(Operations operations, Tensor x, Tensor y) =>
        operations.MultiplyInput(Inner(operations, x, a, memory.Inner(x.Rows, Rank)), b, y, add: true);

    /// <inheritdoc/>
    public Tensor Learn(Step step, Linear layer, Tensor x, Tensor dy)
    {
        Learn(step, x, dy);
        return dy;
    }

    /// <summary>The gradients of A and B from the gradient of what Δ is added to.</summary>
    internal void Learn(Step step, Tensor x, Tensor dy)
    {
        Operations operations = step.Operations;
        IGradients gradients = step.Gradients!;
        if (gradients.Of(b) is { } db)
        {
            operations.MultiplyWeight(dy, Inner(operations, x, a, memory.Inner(x.Rows, Rank)), db, add: true);
        }
        Tensor inner = Inner(operations, dy, b, memory.InnerGradient(x.Rows, Rank));
        if (gradients.Of(a) is { } da)
        {
            operations.MultiplyWeight(x, inner, da, add: true);
        }
    }

    /// <inheritdoc/>
    public void Backward(Step step, Tensor dx)
    {
        step.Operations.MultiplyInput(memory.InnerGradient(dx.Rows, Rank), a, dx, add: true);
        step.Gradients!.Finish(a);
        step.Gradients.Finish(b);
    }

    Tensor Inner(Operations operations, Tensor x, PackedMatrix weights, Tensor inner)
    {
        operations.Multiply(x, weights, inner);
        operations.Scale(inner, scale);
        return inner;
    }

    /// <inheritdoc/>
    public void MergeRow(int output, Span<float> row)
    {
        float[] left = new float[b.Columns], right = new float[a.Columns];
        for (int r = 0; r < Rank; r++)
        {
            b.CopyRow(r, MemoryMarshal.AsBytes(left.AsSpan()));
            a.CopyRow(r, MemoryMarshal.AsBytes(right.AsSpan()));
            for (int i = 0; i < row.Length; i++)
            {
                row[i] += scale * left[output] * right[i];
            }
        }
    }

    /// <inheritdoc/>
    public IEnumerable<NamedWeight> Weights(string layer) => [new(layer + ".weight.lora_a", a, null), new(layer + ".weight.lora_b", b, null)];

    /// <inheritdoc/>
    public void Dispose()
    {
        a.Dispose();
        b.Dispose();
    }
}
