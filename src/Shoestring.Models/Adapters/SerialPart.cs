using System.Runtime.InteropServices;
using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>A serial adapter behind a layer (Houlsby et al., arXiv 1902.00751, §2.1): y += U·gelu(D·y + d) + u.</summary>
/// <param name="Layer">The layer's name in GGUF, without ".weight": <c>blk.0.attn_output</c> or <c>blk.0.ffn_down</c>.</param>
/// <param name="Down">D <c>[inner, outputs]</c></param>
/// <param name="DownBias">d <c>[inner]</c></param>
/// <param name="Up">U <c>[outputs, inner]</c></param>
/// <param name="UpBias">u <c>[outputs]</c></param>
public sealed record SerialPart(string Layer, float[] Down, float[] DownBias, float[] Up, float[] UpBias) : AdapterPart(Layer)
{
    /// <summary>Channels between the two matrices.</summary>
    public int Inner => DownBias.Length;

    /// <inheritdoc/>
    public override int? Outputs => UpBias.Length;

    /// <inheritdoc/>
    public override int? Inputs => null;

    /// <inheritdoc/>
    public override IEnumerable<float[]> Values => [Down, DownBias, Up, UpBias];

    internal override AdapterPart Reordered(Func<int, int> source) => throw new InvalidOperationException("what a sublayer gives has one order everywhere");

    /// <summary>Why it cannot be merged.</summary>
    internal static InputException Unmerged() => new("a serial adapter bends what a layer gives, and no matrix does that", "adapter", "attach it by --adapter instead of merging");

    /// <summary>The adapter as a layer runs it.</summary>
    /// <param name="strength">How many times its addition counts.</param>
    /// <param name="memory">Where to put what lies between its matrices.</param>
    /// <param name="account">Who counts its weights.</param>
    public SerialDelta Delta(float strength, DeltaMemory memory, MemoryAccount account)
    {
        float[] turned = new float[Up.Length];
        int outputs = UpBias.Length;
        for (int output = 0; output < outputs; output++)
        {
            for (int i = 0; i < Inner; i++)
            {
                turned[i * outputs + output] = strength * Up[output * Inner + i];
            }
        }
        return new SerialDelta(Matrix(Down, account), Vector(DownBias, 1, account), Matrix(turned, account), Vector(UpBias, strength, account), memory);
    }

    PackedMatrix Matrix(float[] values, MemoryAccount account) => PackedMatrix.FromBytes(TensorFormat.F32, Inner, UpBias.Length, MemoryMarshal.AsBytes(values.AsSpan()), account);

    static Tensor Vector(float[] values, float factor, MemoryAccount account)
    {
        Tensor vector = new(new NativeBuffer((long)values.Length * sizeof(float), MemoryKind.Weights, account), 0, 1, values.Length);
        Span<float> to = vector.Row(0);
        for (int i = 0; i < values.Length; i++)
        {
            to[i] = factor * values[i];
        }
        return vector;
    }
}
