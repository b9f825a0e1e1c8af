using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>Copies of some channels of linear layers.</summary>
static class GatheredLinear
{
    /// <summary>The format of a copy of some inputs of a matrix: its own where elements stand alone, else halves of the decoded values.</summary>
    public static TensorFormat InputsFormat(TensorFormat format) => format.BlockElements() == 1 ? format : TensorFormat.F16;

    /// <summary>Some outputs of a layer, bit by bit as they are.</summary>
    public static Linear Outputs(Linear all, int[] chosen, MemoryAccount account)
    {
        RefuseDelta(all);
        int rowBytes = checked((int)all.Weight.Layout.RowBytes);
        byte[] bytes = new byte[chosen.Length * rowBytes];
        for (int i = 0; i < chosen.Length; i++)
        {
            all.Weight.CopyRow(chosen[i], bytes.AsSpan(i * rowBytes, rowBytes));
        }
        return new Linear(PackedMatrix.FromBytes(all.Weight.Format, chosen.Length, all.Weight.Columns, bytes, account), Bias(all, chosen, account));
    }

    /// <summary>Some inputs of a layer.</summary>
    public static Linear Inputs(Linear all, int[] chosen, MemoryAccount account)
    {
        RefuseDelta(all);
        PackedMatrix weight = all.Weight;
        TensorFormat format = InputsFormat(weight.Format);
        int rowBytes = (int)format.RowBytes(chosen.Length);
        byte[] bytes = new byte[weight.Rows * rowBytes], row = new byte[weight.Layout.RowBytes];
        float[] values = new float[weight.Columns], gathered = new float[chosen.Length];
        for (int r = 0; r < weight.Rows; r++)
        {
            weight.CopyRow(r, row);
            weight.Format.Decode(row, values);
            for (int i = 0; i < chosen.Length; i++)
            {
                gathered[i] = values[chosen[i]];
            }
            format.Encode(gathered, bytes.AsSpan(r * rowBytes, rowBytes));
        }
        return new Linear(PackedMatrix.FromBytes(format, weight.Rows, chosen.Length, bytes, account), Bias(all, [.. Enumerable.Range(0, weight.Rows)], account));
    }

    static void RefuseDelta(Linear all)
    {
        if (all.Delta is not null)
        {
            throw new InputException("neurons of a layer under an adapter cannot be chosen one by one", "sparsity", "merge the adapter into the model first, or leave the sparsity at 0");
        }
    }

    static Tensor? Bias(Linear all, int[] chosen, MemoryAccount account)
    {
        if (all.Bias is not { } bias)
        {
            return null;
        }
        NativeBuffer buffer = new((long)chosen.Length * sizeof(float), MemoryKind.Weights, account);
        Span<float> copy = buffer.Span<float>(0, chosen.Length);
        for (int i = 0; i < chosen.Length; i++)
        {
            copy[i] = bias.Row(0)[chosen[i]];
        }
        return new Tensor(buffer, 0, 1, chosen.Length);
    }

    /// <summary>Bytes that a layer holds.</summary>
    public static long HeldBytes(this Linear linear) => linear.Weight.HeldBytes + (linear.Bias is { } bias ? bias.Columns * sizeof(float) : 0);
}
