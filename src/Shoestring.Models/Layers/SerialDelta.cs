using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>
/// A serial adapter (Houlsby et al., arXiv 1902.00751, §2.1 and figure 2): y += U·gelu(D·y + d) + u on what a sublayer gives before it
/// joins the residual stream. With U and u zero it is the identity, exactly.
/// </summary>
public sealed class SerialDelta : ILinearDelta
{
    readonly PackedMatrix down, up;
    readonly Tensor downBias, upBias;
    readonly DeltaMemory memory;

    /// <summary>Takes its weights, which it owns from then on.</summary>
    /// <param name="down">D. <c>[inner, outputs]</c></param>
    /// <param name="downBias">d. <c>[1, inner]</c></param>
    /// <param name="up">U turned. <c>[inner, outputs]</c></param>
    /// <param name="upBias">u. <c>[1, outputs]</c></param>
    /// <param name="memory">Memory of that inner width and, where it learns, as wide as the outputs.</param>
    /// <exception cref="ArgumentException">Shapes do not agree.</exception>
    public SerialDelta(PackedMatrix down, Tensor downBias, PackedMatrix up, Tensor upBias, DeltaMemory memory)
    {
        if (down.Rows != up.Rows || down.Columns != up.Columns || downBias.Columns != down.Rows || upBias.Columns != up.Columns)
        {
            throw new ArgumentException($"D [{down.Rows}, {down.Columns}] with {downBias.Columns} biases and U turned [{up.Rows}, {up.Columns}] with {upBias.Columns}", nameof(up));
        }
        (this.down, this.downBias, this.up, this.upBias, this.memory) = (down, downBias, up, upBias, memory);
    }

    /// <summary>D. <c>[inner, outputs]</c></summary>
    public PackedMatrix Down => down;

    /// <summary>d. <c>[1, inner]</c></summary>
    public Tensor DownBias => downBias;

    /// <summary>U turned. <c>[inner, outputs]</c></summary>
    public PackedMatrix Up => up;

    /// <summary>u. <c>[1, outputs]</c></summary>
    public Tensor UpBias => upBias;

    /// <inheritdoc/>
    public void Forward(Linear layer, Operations operations, Tensor x, Tensor y)
    {
        layer.AddBias(operations, y);
        Add(operations, y);
    }

    /// <summary>The adapter alone, on a layer's finished output. <c>[row, outputs]</c></summary>
    internal void Add(Operations operations, Tensor y)
    {
        Tensor inner = Inner(operations, y);
        operations.Gelu(inner, inner);
        operations.MultiplyInput(inner, up, y, add: true);
        operations.Add(y, upBias, y);
    }

    Tensor Inner(Operations operations, Tensor y)
    {
        Tensor inner = memory.Inner(y.Rows, down.Rows);
        operations.Multiply(y, down, inner);
        operations.Add(inner, downBias, inner);
        return inner;
    }

    /// <inheritdoc/>
    public Tensor Learn(Step step, Linear layer, Tensor x, Tensor dy)
    {
        Operations operations = step.Operations;
        Tensor wide = memory.Wide(x.Rows, layer.Outputs);
        operations.Multiply(x, layer.Weight, wide);
        layer.AddBias(operations, wide);
        Tensor inner = Inner(operations, wide), other = memory.InnerGradient(x.Rows, down.Rows);
        operations.Gelu(inner, other);
        LearnUp(step, dy, other);
        operations.Multiply(dy, up, other);
        operations.GeluBackward(inner, other, other);
        LearnDown(step, wide, other);
        for (int row = 0; row < dy.Rows; row++)
        {
            dy.Row(row).CopyTo(wide.Row(row));
        }
        operations.MultiplyInput(other, down, wide, add: true);
        return wide;
    }

    void LearnUp(Step step, Tensor dy, Tensor activation)
    {
        if (step.Gradients!.Of(up) is { } matrix)
        {
            step.Operations.MultiplyWeight(dy, activation, matrix, add: true);
        }
        if (step.Gradients.Of(upBias) is { } bias)
        {
            step.Operations.SumRows(dy, bias, add: true);
        }
    }

    void LearnDown(Step step, Tensor output, Tensor gradient)
    {
        if (step.Gradients!.Of(down) is { } matrix)
        {
            step.Operations.MultiplyWeight(output, gradient, matrix, add: true);
        }
        if (step.Gradients.Of(downBias) is { } bias)
        {
            step.Operations.SumRows(gradient, bias, add: true);
        }
    }

    /// <inheritdoc/>
    public void Backward(Step step, Tensor dx)
    {
        IGradients gradients = step.Gradients!;
        gradients.Finish(down);
        gradients.Finish(downBias);
        gradients.Finish(up);
        gradients.Finish(upBias);
    }

    /// <inheritdoc/>
    public void MergeRow(int output, Span<float> row) => throw SerialPart.Unmerged();

    /// <inheritdoc/>
    public IEnumerable<NamedWeight> Weights(string layer) =>
    [
        new($"{layer}.adapter_down.weight", down, null), new($"{layer}.adapter_down.bias", null, downBias),
        new($"{layer}.adapter_up.weight", up, null), new($"{layer}.adapter_up.bias", null, upBias),
    ];

    /// <inheritdoc/>
    public void Dispose()
    {
        down.Dispose();
        up.Dispose();
        downBias.Buffer.Dispose();
        upBias.Buffer.Dispose();
    }
}
