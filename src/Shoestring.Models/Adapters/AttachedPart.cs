using System.Runtime.InteropServices;
using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>A part of an adapter as a layer runs it.</summary>
/// <param name="Owner">The adapter that it came with.</param>
/// <param name="Part">What it is, its outputs in the order of the layer's.</param>
/// <param name="Strength">How much of it counts.</param>
sealed record AttachedPart(AttachedAdapter Owner, AdapterPart Part, float Strength) : IDisposable
{
    /// <summary>The low-rank difference, or null.</summary>
    public LowRankDelta? LowRank { get; private init; }

    /// <summary>What is added to the factor 1 of what the matrix gives, or null. <c>[output]</c></summary>
    public float[]? Gains { get; private init; }

    /// <summary>Factors of channels, or null.</summary>
    public float[]? Factors { get; private init; }

    /// <summary>What comes behind the layer, or null.</summary>
    public SerialDelta? Serial { get; private init; }

    /// <summary>Whether the factors are the input's.</summary>
    public bool OfInputs => Part is ChannelPart { OfInputs: true };

    /// <summary>Readies a part for a layer.</summary>
    public static AttachedPart Of(AttachedAdapter owner, AdapterPart part, float strength, Linear layer, DeltaMemory memory, MemoryAccount account) => part switch
    {
        LowRankPart { Magnitude: null } low => new(owner, part, strength) { LowRank = Delta(low, strength * low.Scale, null, memory, account) },
        LowRankPart low => Decomposed(owner, low, strength, layer, memory, account),
        ChannelPart channels => new(owner, part, strength) { Factors = [.. channels.Factors.Select((_, i) => channels.At(i, strength))] },
        SerialPart serial => new(owner, part, strength) { Serial = serial.Delta(strength, memory, account) },
        _ => throw new InvalidOperationException($"{part.GetType().Name} is no part of a linear layer"),
    };

    // W′ − W is (c − 1)·W + c·s·B·A with c = m / ‖V‖, which does not change while nothing learns: a gain of the matrix's output, and low rank.
    static AttachedPart Decomposed(AttachedAdapter owner, LowRankPart low, float strength, Linear layer, DeltaMemory memory, MemoryAccount account)
    {
        if (layer.Factor is not null)
        {
            throw new InputException($"{low.Layer} is a product of two factors, whose rows have no norms of their own", "adapter", "use it with the model that it was trained on");
        }
        float[] factors = new float[layer.Outputs], row = new float[layer.Weight.Columns];
        byte[] bytes = new byte[layer.Weight.Layout.RowBytes];
        for (int output = 0; output < factors.Length; output++)
        {
            layer.Weight.CopyRow(output, bytes);
            layer.Weight.Format.Decode(bytes, row);
            factors[output] = low.Factor(output, row);
        }
        return new(owner, low, strength)
        {
            LowRank = Delta(low, strength * low.Scale, factors, memory, account),
            Gains = [.. factors.Select(factor => strength * (factor - 1))],
        };
    }

    static LowRankDelta Delta(LowRankPart part, float scale, float[]? factors, DeltaMemory memory, MemoryAccount account)
    {
        int outputs = part.Outputs!.Value;
        float[] turned = new float[part.B.Length];
        for (int output = 0; output < outputs; output++)
        {
            for (int r = 0; r < part.Rank; r++)
            {
                turned[r * outputs + output] = part.B[output * part.Rank + r] * (factors?[output] ?? 1);
            }
        }
        return new LowRankDelta(Matrix(part.A, part.Rank, account), Matrix(turned, part.Rank, account), scale, memory);
    }

    static PackedMatrix Matrix(float[] values, int rows, MemoryAccount account) =>
        PackedMatrix.FromBytes(TensorFormat.F32, rows, values.Length / rows, MemoryMarshal.AsBytes(values.AsSpan()), account);

    /// <inheritdoc/>
    public void Dispose()
    {
        LowRank?.Dispose();
        Serial?.Dispose();
    }
}
