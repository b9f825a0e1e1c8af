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

    /// <summary>The gradients of x and of the weights, from that of y.</summary>
    /// <param name="step">The step.</param>
    /// <param name="x">What went in. <c>[row, channel]</c></param>
    /// <param name="dy">The gradient of what came out.</param>
    /// <param name="dx">Takes the gradient of what went in.</param>
    /// <param name="add">Whether it is added to what is there.</param>
    /// <param name="last">Whether no more rows of this norm follow in the step.</param>
    public void Backward(Step step, Tensor x, Tensor dy, Tensor dx, bool add, bool last = true)
    {
        IGradients gradients = step.Gradients!;
        if (Kind == NormKind.Layer)
        {
            step.Operations.LayerNormBackward(x, Weight, Epsilon, dy, dx, add, gradients.Of(Weight), Bias is { } bias ? gradients.Of(bias) : null);
        }
        else
        {
            step.Operations.RmsNormBackward(x, Weight, Epsilon, dy, dx, add, gradients.Of(Weight));
        }
        if (last)
        {
            gradients.Finish(Weight);
            if (Bias is { } finished)
            {
                gradients.Finish(finished);
            }
        }
    }

    /// <summary>The weights by their names in GGUF.</summary>
    /// <param name="name">The norm's, without ".weight".</param>
    public IEnumerable<NamedWeight> Weights(string name)
    {
        yield return new NamedWeight(name + ".weight", null, Weight);
        if (Bias is { } bias)
        {
            yield return new NamedWeight(name + ".bias", null, bias);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Weight.Buffer.Dispose();
        Bias?.Buffer.Dispose();
    }
}
