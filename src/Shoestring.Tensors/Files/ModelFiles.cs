using System.Buffers.Binary;

namespace Shoestring.Tensors;

/// <summary>Opens a model of any kind, which its content decides, not its name.</summary>
public static class ModelFiles
{
    const string Kinds = "name a .gguf file, a folder with safetensors weights, or a llama2.c .bin file";

    /// <summary>Opens a file or folder.</summary>
    /// <exception cref="ModelFileException">There is nothing, no model, or no sound one.</exception>
    public static ModelFile Open(string path)
    {
        if (Directory.Exists(path))
        {
            return OpenFolder(path);
        }

        Span<byte> start = stackalloc byte[28];
        using (var file = FileByteSource.Open(path))
        {
            start = start[..(int)Math.Min(file.Length, start.Length)];
            file.Read(0, start);
        }

        return OpenFile(path, start);
    }

    static ModelFile OpenFile(string path, ReadOnlySpan<byte> start)
    {
        if (start.StartsWith("GGUF"u8))
        {
            return GgufFile.Open(path);
        }

        if (IsSafetensors(path, start))
        {
            return SafetensorsFile.Open(path);
        }

        return Llama2cConfig.Fits(start)
            ? Llama2cFile.Open(path)
            : throw new ModelFileException($"it is {Guess(start)}, not a model that is read here", path, Kinds);
    }

    static ModelFile OpenFolder(string folder)
    {
        if (Directory.EnumerateFiles(folder, "*.safetensors").Any() || File.Exists(Path.Combine(folder, SafetensorsIndex.FileName)))
        {
            return SafetensorsFile.Open(folder);
        }

        var models = Directory.GetFiles(folder, "*.gguf");
        return models.Length switch
        {
            1 => GgufFile.Open(models[0]),
            0 => throw new ModelFileException($"the folder holds no model{Lacking(folder)}", folder, Kinds),
            _ => throw new ModelFileException($"the folder holds {models.Length} .gguf files", folder, "name one of them"),
        };
    }

    /// <summary>A header's length, then its JSON.</summary>
    static bool IsSafetensors(string path, ReadOnlySpan<byte> start) =>
        path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase)
        || path.EndsWith(SafetensorsIndex.FileName, StringComparison.Ordinal)
        || (start.Length > 8 && start[8] == '{' && BinaryPrimitives.ReadUInt64LittleEndian(start) < 1UL << 32);

    static string Lacking(string folder) =>
        Directory.EnumerateFiles(folder, "pytorch_model*.bin").Any() ? " but PyTorch weights, which are not read: convert them to safetensors"
        : File.Exists(Path.Combine(folder, "config.json")) ? " but a config.json without its weights"
        : "";

    static string Guess(ReadOnlySpan<byte> start) =>
        start.StartsWith("PK"u8) ? "a ZIP or PyTorch file"
        : start is [0x80, >= 2 and <= 5, ..] ? "a Python pickle"
        : start.StartsWith("tjgg"u8) || start.StartsWith("fmgg"u8) || start.StartsWith("lmgg"u8) || start.StartsWith("algg"u8) ? "a ggml file from before GGUF"
        : start is [(byte)'{', ..] ? "JSON"
        : "of no known kind";
}
