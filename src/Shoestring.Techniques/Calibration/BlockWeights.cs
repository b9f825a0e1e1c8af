using System.Runtime.InteropServices;
using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>A weight matrix, or a vector as a matrix of one row, while techniques work on it.</summary>
/// <param name="Name">Its name within the block: <c>attn_q.weight</c>.</param>
/// <param name="Rows">Output channels.</param>
/// <param name="Columns">Input channels.</param>
/// <param name="Values"><c>[row, column]</c></param>
public sealed record BlockMatrix(string Name, int Rows, int Columns, float[] Values)
{
    /// <summary>The format that it will be written in.</summary>
    public required TensorFormat Format { get; set; }

    /// <summary>Its bytes in that format where a technique has chosen them; they decode to <see cref="Values"/>.</summary>
    public byte[]? Encoded { get; set; }

    /// <summary>Whether it is a matrix, which techniques compress, rather than a norm or a bias.</summary>
    public bool IsMatrix { get; init; } = true;

    /// <summary>Where a technique has set weights to zero and later ones must keep them so; null for nowhere. <c>[row, column]</c></summary>
    public bool[]? Zeros { get; set; }

    /// <summary>One row.</summary>
    public Span<float> Row(int row) => Values.AsSpan(row * Columns, Columns);

    /// <summary>Forgets bytes chosen for values that have changed since.</summary>
    public void Changed() => Encoded = null;
}

/// <summary>The weights of one block as floats.</summary>
/// <param name="Index">Which block of the model.</param>
/// <param name="Matrices">By name within the block.</param>
public sealed record BlockWeights(int Index, SortedDictionary<string, BlockMatrix> Matrices)
{
    const int PieceBytes = 1 << 20;

    static readonly Dictionary<LinearInput, string[]> readers = new()
    {
        [LinearInput.Attention] = ["attn_q.weight", "attn_k.weight", "attn_v.weight", "attn_qkv.weight"],
        [LinearInput.AttentionOutput] = ["attn_output.weight"],
        [LinearInput.FeedForward] = ["ffn_gate.weight", "ffn_up.weight"],
        [LinearInput.FeedForwardDown] = ["ffn_down.weight"],
    };

    /// <summary>The matrices that are multiplied with an input.</summary>
    public IReadOnlyList<BlockMatrix> Readers(LinearInput input) =>
        [.. readers[input].Where(Matrices.ContainsKey).Select(name => Matrices[name])];

    /// <summary>A matrix or vector, or null.</summary>
    public BlockMatrix? Find(string name) => Matrices.GetValueOrDefault(name);

    /// <summary>Reads a block's weights from a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="index">Which block.</param>
    /// <param name="formats">The format that each tensor will be written in, by its full name.</param>
    /// <exception cref="InputException">The file ended early, or a weight is not finite.</exception>
    public static BlockWeights Read(ModelFile model, int index, IReadOnlyDictionary<string, TensorFormat> formats)
    {
        string prefix = TensorNames.Block(index, "");
        var matrices = new SortedDictionary<string, BlockMatrix>(StringComparer.Ordinal);
        foreach (TensorEntry tensor in model.Tensors.Where(tensor => tensor.Name.StartsWith(prefix, StringComparison.Ordinal)))
        {
            string name = tensor.Name[prefix.Length..];
            matrices[name] = new BlockMatrix(name, checked((int)tensor.Shape.Rows), checked((int)tensor.Shape.Columns), Decode(model, tensor))
            {
                Format = formats[tensor.Name],
                IsMatrix = TensorRoles.IsQuantized(tensor),
            };
        }

        return new BlockWeights(index, matrices);
    }

    /// <summary>The values of a matrix or vector. <c>[row · column]</c></summary>
    /// <exception cref="InputException">The file ended early, or a value is not finite.</exception>
    internal static float[] Decode(ModelFile model, TensorEntry tensor)
    {
        var values = new float[checked((int)tensor.Shape.Elements)];
        long rowBytes = tensor.Format.RowBytes(tensor.Shape.Columns);
        int columns = (int)tensor.Shape.Columns, together = (int)Math.Clamp(PieceBytes / rowBytes, 1, tensor.Shape.Rows);
        byte[] bytes = new byte[together * rowBytes];
        for (int row = 0; row < tensor.Shape.Rows; row += together)
        {
            int count = (int)Math.Min(together, tensor.Shape.Rows - row);
            model.Read(tensor, row * rowBytes, bytes.AsSpan(0, (int)(count * rowBytes)));
            tensor.Format.Decode(bytes.AsSpan(0, (int)(count * rowBytes)), values.AsSpan(row * columns, count * columns));
        }

        int bad = Array.FindIndex(values, value => !float.IsFinite(value));
        return bad < 0 ? values : throw new ModelFileException(
            $"element {bad} of tensor {tensor.Name} is {values[bad]}", model.Path, "get the file again: such a model gives no answers");
    }
}

/// <summary>A block's weights as a model file of floats, for the loader of layers.</summary>
/// <param name="weights">The weights, which may change between reads.</param>
/// <param name="path">What messages call it.</param>
sealed class BlockFile(BlockWeights weights, string path) : ModelFile
{
    readonly Dictionary<string, TensorEntry> entries = weights.Matrices.Values.Select((matrix, i) => new TensorEntry(
        TensorNames.Block(weights.Index, matrix.Name), new TensorShape(matrix.Columns, matrix.Rows),
        TensorFormat.F32, 0, 0, (long)matrix.Values.Length * sizeof(float))).ToDictionary(entry => entry.Name, StringComparer.Ordinal);

    public override string Path => path;

    public override long FileBytes => entries.Values.Sum(entry => entry.Bytes);

    public override IReadOnlyList<TensorEntry> Tensors => [.. entries.Values];

    public override void Read(TensorEntry tensor, long offset, Span<byte> destination)
    {
        BlockMatrix matrix = weights.Matrices[tensor.Name[TensorNames.Block(weights.Index, "").Length..]];
        MemoryMarshal.AsBytes(matrix.Values.AsSpan()).Slice(checked((int)offset), destination.Length).CopyTo(destination);
    }

    public override TensorEntry? Find(string name) => entries.GetValueOrDefault(name);

    public override void Dispose()
    {
        // The arrays are the collector's.
    }
}
