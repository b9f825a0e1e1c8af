namespace Shoestring.Tensors;

/// <summary>Checks that every reader makes of a model's directory of tensors.</summary>
static class TensorDirectory
{
    /// <summary>Largest number of tensors believed; the largest published models have a few thousand a file.</summary>
    public const int MaxTensors = 65536;

    /// <summary>Longest tensor name believed, in bytes. GGUF's own limit is 64.</summary>
    public const int MaxNameBytes = 256;

    /// <summary>
    /// Bytes of a tensor, or −1 where an extent is not positive, a row is no whole number of blocks, or the size does not fit
    /// 63 bits.
    /// </summary>
    public static long Bytes(TensorFormat format, TensorShape shape)
    {
        UInt128 elements = 1;
        for (var i = 0; i < 4; i++)
        {
            if (shape[i] <= 0 || (elements *= (ulong)shape[i]) > long.MaxValue)
            {
                return -1;
            }
        }

        var bytes = elements / (uint)format.BlockElements() * (uint)format.BlockBytes();
        return shape.Columns % format.BlockElements() != 0 || bytes > long.MaxValue ? -1 : (long)bytes;
    }

    /// <summary>Tensors by name.</summary>
    /// <exception cref="ModelFileException">Two have the same name, or there are too many.</exception>
    public static Dictionary<string, TensorEntry> Index(string path, TensorEntry[] tensors)
    {
        if (tensors.Length > MaxTensors)
        {
            throw new ModelFileException($"{tensors.Length} tensors, more than {MaxTensors}", path, "split the model");
        }

        var byName = new Dictionary<string, TensorEntry>(tensors.Length, StringComparer.Ordinal);
        foreach (var tensor in tensors)
        {
            if (!byName.TryAdd(tensor.Name, tensor))
            {
                throw new ModelFileException($"two tensors are named '{Printable.Text(tensor.Name)}'", path, "write the file again");
            }
        }

        return byName;
    }

    /// <summary>Every tensor lies within its part and none over another.</summary>
    public static void CheckPlaces(ByteSource[] parts, TensorEntry[] tensors)
    {
        foreach (var tensor in tensors)
        {
            CheckEnd(parts[tensor.Part], tensor);
        }

        TensorEntry[] ordered = [.. tensors];
        Array.Sort(ordered, (a, b) => a.Part != b.Part ? a.Part.CompareTo(b.Part) : a.Offset.CompareTo(b.Offset));
        for (var i = 1; i < ordered.Length; i++)
        {
            CheckApart(parts, ordered[i - 1], ordered[i]);
        }
    }

    static void CheckEnd(ByteSource part, TensorEntry tensor)
    {
        if (tensor.Offset < 0 || tensor.Bytes < 0 || tensor.Offset > part.Length - tensor.Bytes)
        {
            throw new ModelFileException(
                $"tensor '{Printable.Text(tensor.Name)}' needs bytes {tensor.Offset} to {(Int128)tensor.Offset + tensor.Bytes} and the file has {part.Length}",
                part.Name,
                "the file is truncated or corrupt: fetch it again");
        }
    }

    static void CheckApart(ByteSource[] parts, TensorEntry first, TensorEntry second)
    {
        if (first.Part == second.Part && first.Offset + first.Bytes > second.Offset)
        {
            throw new ModelFileException(
                $"tensors '{Printable.Text(first.Name)}' and '{Printable.Text(second.Name)}' overlap",
                parts[first.Part].Name,
                "the file is corrupt: fetch it again");
        }
    }
}
