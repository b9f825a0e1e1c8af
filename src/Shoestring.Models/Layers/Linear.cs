using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>A linear layer: y = x·Wᵀ + b.</summary>
/// <param name="Weight"><c>[outputs, inputs]</c>, in any format.</param>
/// <param name="Bias"><c>[1, outputs]</c>, or null.</param>
public sealed record Linear(PackedMatrix Weight, Tensor? Bias = null) : IDisposable
{
    /// <summary>Adds the bias, if there is one, to products that are already in <paramref name="y"/>.</summary>
    public void AddBias(Operations operations, Tensor y)
    {
        if (Bias is { } bias)
        {
            operations.Add(y, bias, y);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Weight.Dispose();
        Bias?.Buffer.Dispose();
    }
}
