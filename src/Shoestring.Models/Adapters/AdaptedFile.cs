using System.Buffers;
using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>
/// A model's file with adapters merged into its weights, row by row as they are read, each in the format that it had. Nothing is held but
/// the adapters.
/// </summary>
public sealed class AdaptedFile : ModelFile
{
    readonly ModelFile source;
    readonly Dictionary<string, (int FirstRow, (AdapterPart Part, float Strength)[] Parts)[]> adapted = new(StringComparer.Ordinal);

    /// <summary>Merges adapters into a file with GGUF's names and order of rows.</summary>
    /// <param name="source">The file, which must stay open and is not closed with this.</param>
    /// <param name="model">Its configuration.</param>
    /// <param name="adapters">The adapters, and how much of each counts.</param>
    /// <exception cref="InputException">One was made for another model, or a matrix has a format that is not written.</exception>
    public AdaptedFile(ModelFile source, ModelConfiguration model, IReadOnlyList<(Adapter Adapter, float Strength)> adapters)
    {
        this.source = source;
        foreach ((Adapter adapter, _) in adapters)
        {
            if (adapter.Checked(model, "adapter").Parts.FirstOrDefault(part => !part.IsMergeable) is { } part)
            {
                throw part is SerialPart ? SerialPart.Unmerged()
                    : new InputException("what an adapter puts before every text is no weight of a model", "adapter", "attach it by --adapter instead of merging");
            }
        }
        Dictionary<string, (AdapterPart, float)[]> byLayer = adapters.SelectMany(one => one.Adapter.Parts.Select(part => (part.Layer, Part: (part, one.Strength))))
            .GroupBy(part => part.Layer, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.Select(one => one.Part).ToArray(), StringComparer.Ordinal);
        foreach (TensorEntry tensor in source.Tensors)
        {
            if (Parts(tensor, model, byLayer) is { Length: > 0 } parts)
            {
                adapted.Add(tensor.Name, tensor.Format.CanEncode() ? parts
                    : throw new InputException($"{tensor.Name} is of {tensor.Format.Name()}, which is read and not written", source.Path, "merge into a model of another format, or load the adapter beside this one"));
            }
        }
        string[] lacking = [.. byLayer.Keys.Where(layer => !adapted.ContainsKey(layer + ".weight") && !adapted.ContainsKey(FusedName(layer) + ".weight"))];
        if (lacking.Length > 0)
        {
            throw new InputException($"{lacking[0]} is no matrix of the file, but a product of two factors", source.Path, "merge into the model that it was made from");
        }
    }

    static string FusedName(string layer) => layer[..(layer.LastIndexOf('.') + 1)] + "attn_qkv";

    // The parts of a tensor's rows: of three layers where the file has them in one.
    static (int FirstRow, (AdapterPart, float)[] Parts)[] Parts(TensorEntry tensor, ModelConfiguration model, Dictionary<string, (AdapterPart, float)[]> byLayer)
    {
        int end = tensor.Name.LastIndexOf('.');
        string layer = end < 0 ? tensor.Name : tensor.Name[..end];
        if (!layer.EndsWith(".attn_qkv", StringComparison.Ordinal) || LayerOrder.BlockOf(layer) is not { } block)
        {
            return byLayer.TryGetValue(layer, out (AdapterPart, float)[]? parts) ? [(0, parts)] : [];
        }
        BlockShape shape = model.Blocks[block];
        int queries = shape.Heads * shape.HeadChannels, keys = shape.KvHeads * shape.HeadChannels;
        (string Name, int First)[] three = [("attn_q", 0), ("attn_k", queries), ("attn_v", queries + keys)];
        return byLayer.Keys.Any(name => three.Any(one => name == TensorNames.Block(block, one.Name)))
            ? [.. three.Select(one => (one.First, byLayer.GetValueOrDefault(TensorNames.Block(block, one.Name), [])))] : [];
    }

    /// <inheritdoc/>
    public override string Path => source.Path;

    /// <inheritdoc/>
    public override long FileBytes => source.FileBytes;

    /// <inheritdoc/>
    public override IReadOnlyList<TensorEntry> Tensors => source.Tensors;

    /// <inheritdoc/>
    public override TensorEntry? Find(string name) => source.Find(name);

    /// <inheritdoc/>
    public override void Read(TensorEntry tensor, long offset, Span<byte> destination)
    {
        if (!adapted.TryGetValue(tensor.Name, out var parts))
        {
            source.Read(tensor, offset, destination);
            return;
        }
        long rowBytes = tensor.Format.RowBytes(tensor.Shape.Columns);
        byte[] bytes = ArrayPool<byte>.Shared.Rent((int)rowBytes);
        float[] values = new float[tensor.Shape.Columns];
        try
        {
            while (!destination.IsEmpty)
            {
                (long row, long within) = Math.DivRem(offset, rowBytes);
                int count = (int)Math.Min(rowBytes - within, destination.Length);
                Row(tensor, parts, row, bytes.AsSpan(0, (int)rowBytes), values);
                bytes.AsSpan((int)within, count).CopyTo(destination);
                destination = destination[count..];
                offset += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    // A vector is one row, and the layers' biases are its stretches.
    void Row(TensorEntry tensor, (int FirstRow, (AdapterPart, float)[] Parts)[] parts, long row, Span<byte> bytes, float[] values)
    {
        source.Read(tensor, row * bytes.Length, bytes);
        tensor.Format.Decode(bytes, values);
        if (tensor.Shape.Rows == 1)
        {
            for (int i = 0; i < parts.Length; i++)
            {
                int end = i + 1 < parts.Length ? parts[i + 1].FirstRow : values.Length;
                LayerMerge.Bias(values.AsSpan(parts[i].FirstRow, end - parts[i].FirstRow), parts[i].Parts);
            }
        }
        else
        {
            (int first, (AdapterPart, float)[] own) = Array.FindLast(parts, part => part.FirstRow <= row);
            LayerMerge.Row((int)row - first, values, own);
        }
        tensor.Format.Encode(values, bytes);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        // The file beneath belongs to whoever opened it.
    }
}
