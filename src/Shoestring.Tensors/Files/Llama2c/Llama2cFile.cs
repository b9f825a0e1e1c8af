namespace Shoestring.Tensors;

/// <summary>
/// A llama2.c model, F32, of version 0 or 1 (karpathy/llama2.c, export.py, legacy_export and version1_export). Its
/// tensors bear the names that GGUF has for them; rotary embedding pairs neighbouring channels in both.
/// </summary>
public sealed class Llama2cFile : MappedModelFile
{
    Llama2cFile(ByteSource source, Llama2cConfig config)
        : base(source.Name, [source], Llama2cLayout.Place(config, source)) => Config = config;

    /// <summary>The hyperparameters.</summary>
    public Llama2cConfig Config { get; }

    /// <summary>Opens a model.</summary>
    /// <exception cref="ModelFileException">The file is missing, of another version, or its size is not what its header asks for.</exception>
    public static Llama2cFile Open(string path)
    {
        var source = FileByteSource.Open(path);
        return Guard([source], () => Open(source));
    }

    /// <summary>Opens a model held in memory, which is not copied.</summary>
    public static Llama2cFile Open(ReadOnlyMemory<byte> bytes, string name) => Open(new MemoryByteSource(bytes, name));

    static Llama2cFile Open(ByteSource source) => new(source, Llama2cConfig.Read(source));
}
