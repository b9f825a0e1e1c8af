using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>What is added to the output of a linear layer whose own weights, in whatever format, stay as they are: y += Δ(x).</summary>
public interface ILinearDelta : IDisposable
{
    /// <summary>y += Δ(x).</summary>
    /// <param name="operations">Where it is computed.</param>
    /// <param name="x">The layer's input. <c>[row, inputs]</c></param>
    /// <param name="y">The layer's output so far. <c>[row, outputs]</c></param>
    void Forward(Operations operations, Tensor x, Tensor y);

    /// <summary>The gradients of the delta's own weights; <see cref="Backward"/> follows at once.</summary>
    /// <param name="step">The step.</param>
    /// <param name="x">The layer's input. <c>[row, inputs]</c></param>
    /// <param name="dy">The gradient of the layer's output. <c>[row, outputs]</c></param>
    void Learn(Step step, Tensor x, Tensor dy);

    /// <summary>Adds to the gradient of the layer's input, and hands over the weights' gradients.</summary>
    /// <param name="step">The step.</param>
    /// <param name="dx">The gradient of the layer's input so far. <c>[row, inputs]</c></param>
    void Backward(Step step, Tensor dx);

    /// <summary>Adds row <paramref name="output"/> of the matrix that Δ is to <paramref name="row"/>, so that the layer can do without it.</summary>
    void AddRow(int output, Span<float> row);

    /// <summary>Its weights.</summary>
    /// <param name="layer">The layer's name, without ".weight".</param>
    IEnumerable<NamedWeight> Weights(string layer);
}
