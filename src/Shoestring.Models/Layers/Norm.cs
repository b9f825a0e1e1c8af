using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>A normalization layer.</summary>
/// <param name="Kind">RMSNorm or LayerNorm.</param>
/// <param name="Weight"><c>[1, channel]</c>; shorter than a row for norms of single heads.</param>
/// <param name="Bias"><c>[1, channel]</c>, LayerNorm only.</param>
/// <param name="Epsilon">Added to the variance.</param>
public sealed record Norm(NormKind Kind, Tensor Weight, Tensor? Bias, float Epsilon) : IDisposable
{
    /// <summary>y = norm(x). Both <c>[row, channel]</c>, which may be the same memory.</summary>
    public void Forward(Operations operations, Tensor x, Tensor y)
    {
        if (Kind == NormKind.Layer)
        {
            operations.LayerNorm(x, Weight, Bias, Epsilon, y);
        }
        else
        {
            operations.RmsNorm(x, Weight, Epsilon, y);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Weight.Buffer.Dispose();
        Bias?.Buffer.Dispose();
    }
}
