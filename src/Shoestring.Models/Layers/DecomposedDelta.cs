using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>
/// DoRA (Liu et al., arXiv 2402.09353, eq. 5): the matrix is m · V / ‖V‖ row by row, V = W + s·B·A, with the rows' magnitudes m learned
/// beside their direction. As it multiplies what the matrix gives, x·Wᵀ is computed once, and V never stands in memory.
/// </summary>
public sealed class DecomposedDelta : ILinearDelta
{
    readonly LowRankDelta low;
    readonly Tensor magnitude;
    readonly Tensor norms, factors, sums;
    readonly DecomposedNorm? norm;
    readonly DeltaMemory memory;

    /// <summary>Takes A and B, which it owns from then on; the magnitudes begin as the norms of W's rows, so that nothing changes yet.</summary>
    /// <param name="low">A and B; B is zero where training begins.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="learnsNorm">
    /// Whether gradients flow through ‖V‖ too. The paper's §4.3 takes it as a constant, which saves memory and costs no accuracy (table 7).
    /// </param>
    /// <param name="operations">Where norms are computed.</param>
    /// <param name="memory">Memory as wide as the layer's outputs.</param>
    /// <param name="account">Who counts its memory.</param>
    public DecomposedDelta(LowRankDelta low, Linear layer, bool learnsNorm, Operations operations, DeltaMemory memory, MemoryAccount account)
    {
        (this.low, this.memory) = (low, memory);
        magnitude = Vector(layer.Outputs, account);
        norms = Vector(layer.Outputs, account);
        factors = Vector(layer.Outputs, account);
        sums = Vector(layer.Outputs, account);
        norm = learnsNorm ? new DecomposedNorm(low, layer.Weight, account) : null;
        operations.AdaptedNorms(layer.Weight, low.A, low.B, low.Scale, magnitude);
    }

    static Tensor Vector(int channels, MemoryAccount account) => new(new NativeBuffer((long)channels * sizeof(float), MemoryKind.Weights, account), 0, 1, channels);

    /// <summary>A and B.</summary>
    public LowRankDelta LowRank => low;

    /// <summary>m. <c>[1, outputs]</c></summary>
    public Tensor Magnitude => magnitude;

    /// <inheritdoc/>
    public void Forward(Linear layer, Operations operations, Tensor x, Tensor y)
    {
        // A, B and m may have changed since the last step.
        operations.AdaptedNorms(layer.Weight, low.A, low.B, low.Scale, norms, norm?.Products);
        Span<float> factor = factors.Row(0), n = norms.Row(0), m = magnitude.Row(0);
        for (int i = 0; i < factor.Length; i++)
        {
            factor[i] = Factor(m[i], n[i]);
        }
        low.Add(operations, x, y);
        operations.MultiplyElements(y, factors, y);
        layer.AddBias(operations, y);
    }

    // A row of zeros has no direction: it stays zero.
    static float Factor(float magnitude, float norm) => norm > 0 ? magnitude / norm : 0;

    /// <inheritdoc/>
    public Tensor Learn(Step step, Linear layer, Tensor x, Tensor dy)
    {
        Operations operations = step.Operations;
        Tensor wide = memory.Wide(x.Rows, layer.Outputs);
        operations.Multiply(x, layer.Weight, wide);
        low.Add(operations, x, wide);
        operations.SumProducts(dy, wide, sums, add: false);
        if (step.Gradients!.Of(magnitude) is { } gradient)
        {
            AddMagnitudeGradient(gradient.Row(0));
        }
        norm?.Learn(step, magnitude.Row(0), norms.Row(0), sums.Row(0));
        operations.MultiplyElements(dy, factors, wide);
        low.Learn(step, x, wide);
        return wide;
    }

    // ∂L/∂m = Σ dy · (V·x) / ‖V‖: eq. 6's counterpart for outputs.
    void AddMagnitudeGradient(Span<float> gradient)
    {
        Span<float> sum = sums.Row(0), n = norms.Row(0);
        for (int i = 0; i < gradient.Length; i++)
        {
            gradient[i] += n[i] > 0 ? sum[i] / n[i] : 0;
        }
    }

    /// <inheritdoc/>
    public void Backward(Step step, Tensor dx)
    {
        low.Backward(step, dx);
        step.Gradients!.Finish(magnitude);
    }

    /// <inheritdoc/>
    public void MergeRow(int output, Span<float> row)
    {
        low.MergeRow(output, row);
        double squares = 0;
        foreach (float value in row)
        {
            squares += (double)value * value;
        }
        float factor = Factor(magnitude.Row(0)[output], (float)Math.Sqrt(squares));
        for (int i = 0; i < row.Length; i++)
        {
            row[i] *= factor;
        }
    }

    /// <inheritdoc/>
    public IEnumerable<NamedWeight> Weights(string layer) => [.. low.Weights(layer), new(layer + ".weight.lora_magnitude", null, magnitude)];

    /// <inheritdoc/>
    public void Dispose()
    {
        low.Dispose();
        norm?.Dispose();
        foreach (Tensor vector in (Tensor[])[magnitude, norms, factors, sums])
        {
            vector.Buffer.Dispose();
        }
    }
}
