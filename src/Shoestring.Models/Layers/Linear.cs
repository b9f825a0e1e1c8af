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

    /// <summary>What finishes the layer's output, or null: how adapters change a layer whose own weights stay.</summary>
    public ILinearDelta? Delta { get; set; }

    /// <summary>Output channels.</summary>
    public int Outputs => Weight.Rows;

    /// <summary>The product that reads the layer's input.</summary>
    /// <param name="step">The step.</param>
    /// <param name="y">The layer's output. <c>[row, outputs]</c></param>
    /// <param name="between">Where to put what lies between two factors, alive until <see cref="Finish"/>.</param>
    public Product First(Step step, Tensor y, Activation between) =>
        Factor is { } factor ? new Product(factor.Weight, Between(step, factor, y.Rows, between)) : new Product(Weight, y);

    /// <summary>What is left once the first product is done: the second factor, where there is one, the bias and the delta.</summary>
    /// <param name="step">The step.</param>
    /// <param name="input">The layer's input. <c>[row, inputs]</c></param>
    /// <param name="y">The layer's output. <c>[row, outputs]</c></param>
    /// <param name="between">Where to find what lies between two factors.</param>
    public void Finish(Step step, Tensor input, Tensor y, Activation between)
    {
        if (Factor is { } factor)
        {
            Tensor x = Between(step, factor, y.Rows, between);
            step.Observer?.Observe(factor.Output, x);
            step.Operations.Multiply(x, Weight, y);
        }
        if (Delta is { } delta)
        {
            delta.Forward(this, step.Operations, input, y);
        }
        else
        {
            AddBias(step.Operations, y);
        }
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
        Tensor seen = Delta?.Input(step.Operations, x) ?? x;
        step.Operations.Multiply(seen, [First(step, y, Activation.LowRank)]);
        Finish(step, seen, y, Activation.LowRank);
    }

    /// <summary>The gradients of x and of the weights, from that of y.</summary>
    /// <param name="step">The step.</param>
    /// <param name="x">What went in, before a delta changed it. <c>[row, inputs]</c></param>
    /// <param name="dy">The gradient of what came out. <c>[row, outputs]</c></param>
    /// <param name="dx">Takes the gradient of what went in; it may lie over <paramref name="x"/>.</param>
    /// <param name="add">Whether it is added to what is there.</param>
    /// <exception cref="InvalidOperationException">The layer is a product of two factors.</exception>
    public void Backward(Step step, Tensor x, Tensor dy, Tensor dx, bool add)
    {
        if (Factor is not null)
        {
            throw new InvalidOperationException("a linear layer of two factors has no backward pass: train the model that was factored");
        }
        IGradients gradients = step.Gradients!;
        Tensor dz = Delta?.Learn(step, this, x, dy) ?? dy;
        PackedMatrix? weight = gradients.Of(Weight);
        if (weight is not null)
        {
            step.Operations.MultiplyWeight(x, dz, weight, add: true);
        }
        if (Bias is { } bias && gradients.Of(bias) is { } sum)
        {
            step.Operations.SumRows(dy, sum, add: true);
            gradients.Finish(bias);
        }
        step.Operations.MultiplyInput(dz, Weight, dx, add);
        Delta?.Backward(step, dx);
        // Whoever is told of a finished gradient may change the weight at once: nothing reads it from here on.
        if (weight is not null)
        {
            gradients.Finish(Weight);
        }
    }

    /// <summary>The weights by their names in GGUF, those of a delta among them.</summary>
    /// <param name="name">The layer's, without ".weight".</param>
    public IEnumerable<NamedWeight> Weights(string name)
    {
        yield return new NamedWeight(name + ".weight", Weight, null);
        if (Bias is { } bias)
        {
            yield return new NamedWeight(name + ".bias", null, bias);
        }
        foreach (NamedWeight weight in Delta?.Weights(name) ?? [])
        {
            yield return weight;
        }
    }

    static Tensor Between(Step step, LinearFactor factor, int rows, Activation between) => step.Memory[between, rows, factor.Weight.Rows];

    /// <inheritdoc/>
    public void Dispose()
    {
        Weight.Dispose();
        Factor?.Weight.Dispose();
        Bias?.Buffer.Dispose();
        Delta?.Dispose();
    }
}

/// <summary>The factor of a low-rank layer that reads its input.</summary>
/// <param name="Weight">B <c>[rank, inputs]</c>, in any format.</param>
/// <param name="Output">What observers know its output by.</param>
public sealed record LinearFactor(PackedMatrix Weight, LinearInput Output);
