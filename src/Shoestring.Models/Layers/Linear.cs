using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>
/// A linear layer: y = x·Wᵀ + b, where W is a matrix or, at low rank, the product of two: y = (x·Bᵀ)·Aᵀ + b. Layers that read the
/// same rows start together, in one parallel region, and finish one by one.
/// </summary>
/// <param name="Weight">W <c>[outputs, inputs]</c> or A <c>[outputs, rank]</c>, in any format.</param>
/// <param name="Bias"><c>[1, outputs]</c>, or null.</param>
public sealed record Linear(PackedMatrix Weight, Tensor? Bias = null) : IDisposable
{
    /// <summary>The factor that reads the input, or null for a plain matrix.</summary>
    public LinearFactor? Factor { get; init; }

    /// <summary>Output channels.</summary>
    public int Outputs => Weight.Rows;

    /// <summary>The product that reads the layer's input.</summary>
    /// <param name="step">The step.</param>
    /// <param name="y">The layer's output. <c>[row, outputs]</c></param>
    /// <param name="between">Where to put what lies between two factors, alive until <see cref="Finish"/>.</param>
    public Product First(Step step, Tensor y, Activation between) =>
        Factor is { } factor ? new Product(factor.Weight, Between(step, factor, y.Rows, between)) : new Product(Weight, y);

    /// <summary>What is left once the first product is done: the second factor, where there is one, and the bias.</summary>
    /// <inheritdoc cref="First"/>
    public void Finish(Step step, Tensor y, Activation between)
    {
        if (Factor is { } factor)
        {
            Tensor x = Between(step, factor, y.Rows, between);
            step.Observer?.Observe(factor.Output, x);
            step.Operations.Multiply(x, Weight, y);
        }
        AddBias(step.Operations, y);
    }

    /// <summary>Adds the bias, if there is one, to products that are already in <paramref name="y"/>.</summary>
    public void AddBias(Operations operations, Tensor y)
    {
        if (Bias is { } bias)
        {
            operations.Add(y, bias, y);
        }
    }

    /// <summary>The whole layer, where no other reads the same rows. <c>[row, inputs]</c> to <c>[row, outputs]</c>.</summary>
    public void Forward(Step step, Tensor x, Tensor y)
    {
        step.Operations.Multiply(x, [First(step, y, Activation.LowRank)]);
        Finish(step, y, Activation.LowRank);
    }

    static Tensor Between(Step step, LinearFactor factor, int rows, Activation between) => step.Memory[between, rows, factor.Weight.Rows];

    /// <inheritdoc/>
    public void Dispose()
    {
        Weight.Dispose();
        Factor?.Weight.Dispose();
        Bias?.Buffer.Dispose();
    }
}

/// <summary>The factor of a low-rank layer that reads its input.</summary>
/// <param name="Weight">B <c>[rank, inputs]</c>, in any format.</param>
/// <param name="Output">What observers know its output by.</param>
public sealed record LinearFactor(PackedMatrix Weight, LinearInput Output);
