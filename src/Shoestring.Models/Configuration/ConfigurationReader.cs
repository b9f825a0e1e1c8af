using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>Reads what a model is from whatever kind of file it is in.</summary>
public static class ConfigurationReader
{
    /// <summary>The configuration of an open model.</summary>
    /// <exception cref="ModelFileException">The architecture is not handled, or its description is damaged.</exception>
    public static ModelConfiguration Read(ModelFile file) => file switch
    {
        GgufFile gguf => GgufConfiguration.Read(gguf),
        Llama2cFile llama2c => FromLlama2c(llama2c),
        _ => HuggingFaceConfiguration.Read(file),
    };

    static ModelConfiguration FromLlama2c(Llama2cFile file)
    {
        Llama2cConfig header = file.Config;
        BlockShape block = new(header.Heads, header.KeyValueHeads, header.HeadDimension, header.HiddenDimension);
        return new ModelConfiguration
        {
            Architecture = "llama",
            Vocabulary = header.VocabularySize,
            ContextLength = header.SequenceLength,
            Width = header.Dimension,
            Blocks = [.. Enumerable.Repeat(block, header.Layers)],
            NormEpsilon = 1e-5f,
            Rotary = new RotarySettings(10000, header.HeadDimension).Build(RotaryLayout.Interleaved),
            TiedEmbeddings = file.Find("output.weight") == null,
        };
    }
}
