using System.Globalization;

namespace Shoestring.Tensors;

/// <summary>
/// Models split over files named <c>NAME-00001-of-00003.gguf</c>, whose keys split.no, split.count and
/// split.tensors.count say which part of how many each is (llama.cpp, gguf-split).
/// </summary>
static class GgufSplit
{
    const string Number = "split.no";
    const string Total = "split.count";
    const string TensorTotal = "split.tensors.count";

    /// <summary>Length of <c>-00001-of-00003.gguf</c>.</summary>
    const int EndingLength = 20;

    /// <summary>Opens the parts after the first, adds them to <paramref name="parts"/>, and returns the tensors of all.</summary>
    public static List<TensorEntry> OpenOthers(string path, GgufHeader first, List<ByteSource> parts)
    {
        var count = first.Metadata.GetInt(Total, 1);
        if (count <= 1)
        {
            return first.Tensors;
        }

        CheckFirst(path, first, count);
        var tensors = new List<TensorEntry>(first.Tensors);
        for (var i = 1; i < count; i++)
        {
            tensors.AddRange(OpenPart(PartPath(path, i, count), i, count, parts).Tensors);
        }

        CheckTensorTotal(path, first, tensors.Count);
        return tensors;
    }

    /// <summary>Only files have siblings that hold their other parts.</summary>
    public static void RefuseSplit(string name, GgufHeader header)
    {
        if (header.Metadata.GetInt(Total, 1) > 1)
        {
            throw new ModelFileException("it is one part of a split model", name, "open the first part by its path");
        }
    }

    /// <summary>The metadata of the whole model, which is not split any more once all parts are open.</summary>
    public static GgufMetadata Joined(GgufMetadata metadata) =>
        metadata.GetInt(Total, 1) > 1 ? metadata.Without(Number).Without(Total).Without(TensorTotal) : metadata;

    static void CheckFirst(string path, GgufHeader first, int count)
    {
        if (first.Metadata.GetInt(Number) is var number && number != 0)
        {
            throw new ModelFileException($"it is part {number + 1} of {count}", path, "name the first part, whose name contains -00001-of-");
        }

        if (!path.EndsWith(Ending(0, count), StringComparison.OrdinalIgnoreCase))
        {
            throw new ModelFileException($"it is the first of {count} parts and its name does not end in {Ending(0, count)}", path, "rename the parts to end so");
        }
    }

    static GgufHeader OpenPart(string path, int number, int count, List<ByteSource> parts)
    {
        if (!File.Exists(path))
        {
            throw new ModelFileException($"part {number + 1} of {count} is missing", path, "put all parts into one folder");
        }

        parts.Add(FileByteSource.Open(path));
        var header = GgufHeader.Read(parts[^1], number);
        if (header.Metadata.GetInt(Number) != number || header.Metadata.GetInt(Total) != count)
        {
            throw new ModelFileException($"its metadata does not say that it is part {number + 1} of {count}", path, "fetch all parts of one model again");
        }

        return header;
    }

    static void CheckTensorTotal(string path, GgufHeader first, int found)
    {
        var expected = first.Metadata.GetInt(TensorTotal, found);
        if (expected != found)
        {
            throw new ModelFileException($"all parts together hold {found} tensors, not {expected}", path, "fetch all parts of one model again");
        }
    }

    static string PartPath(string first, int number, int count) => first[..^EndingLength] + Ending(number, count);

    static string Ending(int number, int count) =>
        string.Create(CultureInfo.InvariantCulture, $"-{number + 1:D5}-of-{count:D5}.gguf");
}
