using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>
/// What all attached adapters together make of a layer: each adds its difference from the layer's own matrix, and factors of channels
/// multiply. It only runs; training has deltas of its own.
/// </summary>
sealed class StackedDelta : ILinearDelta
{
    readonly Linear layer;
    readonly MemoryAccount account;
    readonly List<AttachedPart> parts = [];
    Tensor? gains, outputFactors, inputFactors;

    /// <summary>A layer's, with nothing attached yet.</summary>
    public StackedDelta(Linear layer, MemoryAccount account) => (this.layer, this.account) = (layer, account);

    /// <summary>Whether nothing is attached.</summary>
    public bool IsEmpty => parts.Count == 0;

    /// <summary>Adds a part.</summary>
    public void Attach(AttachedPart part)
    {
        parts.Add(part);
        Combine();
    }

    /// <summary>Takes the parts of an adapter out again.</summary>
    public void Detach(AttachedAdapter owner)
    {
        foreach (AttachedPart part in parts.Where(part => part.Owner == owner).ToArray())
        {
            parts.Remove(part);
            part.Dispose();
        }
        Combine();
    }

    void Combine()
    {
        Release();
        gains = Vector(layer.Outputs, parts.Select(part => part.Gains).OfType<float[]>().ToArray(), (sum, gain) => sum + gain);
        outputFactors = Vector(layer.Outputs, Factors(ofInputs: false), (product, factor) => product * factor);
        inputFactors = Vector(layer.Weight.Columns, Factors(ofInputs: true), (product, factor) => product * factor);
    }

    float[][] Factors(bool ofInputs) => [.. parts.Where(part => part.OfInputs == ofInputs).Select(part => part.Factors).OfType<float[]>()];

    Tensor? Vector(int channels, float[][] all, Func<float, float, float> join)
    {
        if (all.Length == 0)
        {
            return null;
        }
        Tensor vector = new(new NativeBuffer((long)channels * sizeof(float), MemoryKind.Weights, account), 0, 1, channels);
        Span<float> values = vector.Row(0);
        values.Fill(1);
        foreach (float[] one in all)
        {
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = join(values[i], one[i]);
            }
        }
        return vector;
    }

    /// <inheritdoc/>
    public Tensor Input(Operations operations, Tensor x)
    {
        if (inputFactors is { } factors)
        {
            operations.MultiplyElements(x, factors, x);
        }
        return x;
    }

    /// <inheritdoc/>
    public void Forward(Linear layer, Operations operations, Tensor x, Tensor y)
    {
        if (gains is { } factors)
        {
            operations.MultiplyElements(y, factors, y);
        }
        foreach (AttachedPart part in parts)
        {
            part.LowRank?.Add(operations, x, y);
        }
        layer.AddBias(operations, y);
        if (outputFactors is { } scales)
        {
            operations.MultiplyElements(y, scales, y);
        }
        foreach (AttachedPart part in parts)
        {
            part.Serial?.Add(operations, y);
        }
    }

    /// <inheritdoc/>
    public Tensor Learn(Step step, Linear layer, Tensor x, Tensor dy) => throw Refusal();

    /// <inheritdoc/>
    public void Backward(Step step, Tensor dx) => throw Refusal();

    static InvalidOperationException Refusal() => new("an attached adapter has no backward pass: train it by a trainable model");

    /// <inheritdoc/>
    public void MergeRow(int output, Span<float> row) => LayerMerge.Row(output, row, Merged);

    /// <inheritdoc/>
    public void MergeBias(Span<float> bias) => LayerMerge.Bias(bias, Merged);

    IEnumerable<(AdapterPart Part, float Strength)> Merged => parts.Select(part => (part.Part, part.Strength));

    /// <inheritdoc/>
    public IEnumerable<NamedWeight> Weights(string layer) => [];

    void Release()
    {
        gains?.Buffer.Dispose();
        outputFactors?.Buffer.Dispose();
        inputFactors?.Buffer.Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Release();
        foreach (AttachedPart part in parts)
        {
            part.Dispose();
        }
    }
}
