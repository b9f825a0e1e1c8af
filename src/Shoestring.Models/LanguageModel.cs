using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>A model ready to run: weights, tokenizer and what is known of it.</summary>
public sealed class LanguageModel : IDisposable
{
    /// <summary>The metadata key under which a file says what was done to it.</summary>
    public const string SetupKey = "shoestring.setup";

    LanguageModel(ModelConfiguration configuration, TransformerModel transformer, Tokenizer tokenizer, string path, long fileBytes, MemoryAccount memory)
    {
        (Configuration, Transformer, Tokenizer, Path, FileBytes, Memory) = (configuration, transformer, tokenizer, path, fileBytes, memory);
        Cost = new CostModel(configuration);
        Adapters = new AdapterSet(transformer, memory);
    }

    /// <summary>Its hyperparameters.</summary>
    public ModelConfiguration Configuration { get; }

    /// <summary>Its layers.</summary>
    public TransformerModel Transformer { get; }

    /// <summary>Text to tokens and back.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>What it costs to run.</summary>
    public CostModel Cost { get; }

    /// <summary>What is attached to it, and can be taken out again, between steps.</summary>
    public AdapterSet Adapters { get; }

    /// <summary>What was done to it, as its file carries it (metadata key <c>shoestring.setup</c>), or null.</summary>
    public string? Setup { get; private init; }

    /// <summary>Where it was read from.</summary>
    public string Path { get; }

    /// <summary>Bytes of its files.</summary>
    public long FileBytes { get; }

    /// <summary>Counts the memory of the weights and of whatever runs on them.</summary>
    public MemoryAccount Memory { get; }

    /// <summary>Opens and reads a model: a .gguf, a Hugging Face folder or a llama2.c .bin.</summary>
    /// <exception cref="InputException">The file is missing, damaged or not handled.</exception>
    public static LanguageModel Load(string path, WorkerPool pool)
    {
        using ModelFile file = ModelFiles.Open(path);
        return Load(file, pool);
    }

    /// <summary>Reads a model from an open file, which may be closed afterwards.</summary>
    /// <exception cref="InputException">The file is damaged or not handled.</exception>
    public static LanguageModel Load(ModelFile file, WorkerPool pool)
    {
        MemoryAccount memory = new();
        ModelConfiguration configuration = ConfigurationReader.Read(file);
        Tokenizer tokenizer = TokenizerFiles.Load(file);
        TensorReader reader = new(Weights(file, configuration), pool, memory);
        TransformerModel transformer = TransformerModel.Load(configuration, reader);
        reader.Close();
        return new LanguageModel(configuration, transformer, tokenizer, file.Path, file.FileBytes, memory) { Setup = SetupOf(file) };
    }

    static string? SetupOf(ModelFile file) =>
        file is GgufFile gguf && gguf.Metadata.TryGet(SetupKey, out GgufValue? value) && value.Type == GgufType.String ? value.AsString() : null;

    // The layers read matrices as [outputs, inputs]; GPT-2's checkpoints hold most of theirs the other way round.
    static ModelFile Weights(ModelFile file, ModelConfiguration configuration) =>
        configuration.Architecture == "gpt2" && file is not GgufFile ? new ConvertedWeights(file, configuration) : file;

    /// <inheritdoc/>
    public void Dispose()
    {
        Transformer.Dispose();
        Adapters.Dispose();
    }
}
