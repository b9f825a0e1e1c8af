using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>
/// (IA)³ (Liu et al., arXiv 2205.05638, §3.3): a learned factor for each channel, of a layer's output (keys, values) or of its input (the
/// inner channels of a feed-forward layer). Factors begin at one, where nothing changes.
/// </summary>
public sealed class ChannelDelta : ILinearDelta
{
    readonly Tensor factors;
    readonly DeltaMemory memory;

    /// <summary>Takes the factors, which it owns from then on.</summary>
    /// <param name="factors"><c>[1, outputs]</c>, or <c>[1, inputs]</c>.</param>
    /// <param name="ofInputs">Whether the input's channels are scaled; its layer must read rows that nothing else does.</param>
    /// <param name="memory">Memory as wide as what is scaled.</param>
    public ChannelDelta(Tensor factors, bool ofInputs, DeltaMemory memory) => (this.factors, OfInputs, this.memory) = (factors, ofInputs, memory);

    /// <summary>Whether the input's channels are scaled.</summary>
    public bool OfInputs { get; }

    /// <summary>The factors. <c>[1, channel]</c></summary>
    public Tensor Factors => factors;

    /// <inheritdoc/>
    public Tensor Input(Operations operations, Tensor x)
    {
        if (OfInputs)
        {
            operations.MultiplyElements(x, factors, x);
        }
        return x;
    }

    /// <inheritdoc/>
    public void Forward(Linear layer, Operations operations, Tensor x, Tensor y)
    {
        layer.AddBias(operations, y);
        if (!OfInputs)
        {
            operations.MultiplyElements(y, factors, y);
        }
    }

    /// <inheritdoc/>
    public Tensor Learn(Step step, Linear layer, Tensor x, Tensor dy)
    {
        Operations operations = step.Operations;
        if (OfInputs)
        {
            // The gradient of the input will lie over it.
            Tensor kept = memory.Wide(x.Rows, x.Columns);
            for (int row = 0; row < x.Rows; row++)
            {
                x.Row(row).CopyTo(kept.Row(row));
            }
            return dy;
        }
        Tensor wide = memory.Wide(x.Rows, layer.Outputs);
        operations.Multiply(x, layer.Weight, wide);
        layer.AddBias(operations, wide);
        if (step.Gradients!.Of(factors) is { } gradient)
        {
            operations.SumProducts(dy, wide, gradient, add: true);
        }
        operations.MultiplyElements(dy, factors, wide);
        return wide;
    }

    /// <inheritdoc/>
    public void Backward(Step step, Tensor dx)
    {
        if (OfInputs)
        {
            if (step.Gradients!.Of(factors) is { } gradient)
            {
                step.Operations.SumProducts(dx, memory.Wide(dx.Rows, dx.Columns), gradient, add: true);
            }
            step.Operations.MultiplyElements(dx, factors, dx);
        }
        step.Gradients!.Finish(factors);
    }

    /// <inheritdoc/>
    public void MergeRow(int output, Span<float> row)
    {
        Span<float> factor = factors.Row(0);
        for (int i = 0; i < row.Length; i++)
        {
            row[i] *= factor[OfInputs ? i : output];
        }
    }

    /// <inheritdoc/>
    public void MergeBias(Span<float> bias)
    {
        Span<float> factor = factors.Row(0);
        for (int i = 0; i < bias.Length && !OfInputs; i++)
        {
            bias[i] *= factor[i];
        }
    }

    /// <inheritdoc/>
    public IEnumerable<NamedWeight> Weights(string layer) => [new(layer + (OfInputs ? ".ia3_inputs" : ".ia3_outputs"), null, factors)];

    /// <inheritdoc/>
    public void Dispose() => factors.Buffer.Dispose();
}
