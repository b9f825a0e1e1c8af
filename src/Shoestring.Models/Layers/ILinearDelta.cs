using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>
/// What an adapter makes of a linear layer whose own weights, in whatever format, stay as they are. It is handed what the layer's
/// matrix gives and finishes it, the layer's bias included.
/// </summary>
public interface ILinearDelta : IDisposable
{
    /// <summary>
    /// What the matrix reads in place of <paramref name="x"/>, which may be changed in place; asked only of layers that read rows which
    /// nothing else does (<see cref="Linear.Forward"/>).
    /// </summary>
    /// <param name="operations">Where it is computed.</param>
    /// <param name="x">The layer's input. <c>[row, inputs]</c></param>
    Tensor Input(Operations operations, Tensor x) => x;

    /// <summary>Turns what the matrix gives into what the layer gives, in place; it adds the bias where that belongs.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="operations">Where it is computed.</param>
    /// <param name="x">What the matrix has read. <c>[row, inputs]</c></param>
    /// <param name="y">x·Wᵀ, without bias; then the layer's output. <c>[row, outputs]</c></param>
    void Forward(Linear layer, Operations operations, Tensor x, Tensor y);

    /// <summary>The gradients of the delta's own weights; <see cref="Backward"/> follows at once.</summary>
    /// <param name="step">The step.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="x">The layer's input, before <see cref="Input"/>. <c>[row, inputs]</c></param>
    /// <param name="dy">The gradient of the layer's output. <c>[row, outputs]</c></param>
    /// <returns>The gradient of what the matrix gives: <paramref name="dy"/> itself, or scratch memory until <see cref="Backward"/>.</returns>
    Tensor Learn(Step step, Linear layer, Tensor x, Tensor dy);

    /// <summary>Finishes the gradient of the layer's input, and hands over the weights' gradients.</summary>
    /// <param name="step">The step.</param>
    /// <param name="dx">The gradient of the layer's input as the matrix gives it. <c>[row, inputs]</c></param>
    void Backward(Step step, Tensor dx);

    /// <summary>Makes row <paramref name="output"/> of the layer's matrix, decoded, the row of a matrix that needs no delta.</summary>
    /// <exception cref="InputException">No matrix does what the delta does.</exception>
    void MergeRow(int output, Span<float> row);

    /// <summary>The same of the layer's bias. <c>[output]</c></summary>
    void MergeBias(Span<float> bias)
    {
        // Most deltas leave the bias as it is.
    }

    /// <summary>Its weights.</summary>
    /// <param name="layer">The layer's name, without ".weight".</param>
    IEnumerable<NamedWeight> Weights(string layer);
}
