using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>Reads adapters of any kind, which their content decides.</summary>
public static class AdapterFiles
{
    /// <summary>Reads an adapter for a model: llama.cpp's GGUF, a folder as Hugging Face's PEFT writes it, or a file of serial adapters.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="model">The model that it will be used with.</param>
    /// <exception cref="ModelFileException">There is none, it is damaged, not handled, or made for another model.</exception>
    public static Adapter Read(string path, ModelConfiguration model)
    {
        if (Directory.Exists(path))
        {
            return PeftFolder.Read(path, model);
        }
        if (path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase))
        {
            using SafetensorsFile weights = SafetensorsFile.Open(path);
            return SerialAdapterFile.Is(weights) ? SerialAdapterFile.Read(weights, model) : PeftFolder.Read(Path.GetDirectoryName(Path.GetFullPath(path))!, model);
        }
        using ModelFile file = ModelFiles.Open(path);
        return file is GgufFile gguf ? GgufAdapter.Read(gguf, model)
            : throw new ModelFileException("it is no adapter", path, "name an adapter's .gguf file, or a folder with adapter_config.json");
    }

    /// <summary>The most numbers of a tensor that are read: a rank of 4,096 on 65,536 channels.</summary>
    const long MostElements = 1L << 28;

    /// <summary>A tensor of an adapter's file as floats.</summary>
    internal static float[] Floats(ModelFile file, TensorEntry tensor)
    {
        if (tensor.Shape.Elements > MostElements)
        {
            throw new ModelFileException($"tensor {Names.Printable(tensor.Name)} of shape {tensor.Shape} is too large for an adapter's", file.Path, "name an adapter, not a model");
        }
        byte[] bytes = new byte[tensor.Bytes];
        file.Read(tensor, 0, bytes);
        float[] values = new float[tensor.Shape.Elements];
        tensor.Format.Decode(bytes, values);
        return values;
    }
}
