using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>A model from a Hugging Face folder or a llama2.c file, seen as the GGUF file that it can be written as.</summary>
/// <param name="Metadata">All metadata of that file.</param>
/// <param name="Weights">Its tensors; reads go to the source, which must stay open.</param>
/// <param name="Notes">Lines for the user about what the source says and GGUF cannot.</param>
public sealed record ConvertedModel(GgufMetadata Metadata, ConvertedWeights Weights, IReadOnlyList<string> Notes)
{
    /// <summary>Reads and checks configuration, vocabulary and the directory of tensors; no weight is read yet.</summary>
    /// <exception cref="ModelFileException">A part is missing, damaged, contradicts another, or has no equal in GGUF.</exception>
    public static ConvertedModel Of(ModelFile source)
    {
        ModelConfiguration configuration = ConfigurationReader.Read(source);
        var weights = new ConvertedWeights(source, configuration);
        var vocabulary = new GgufVocabularyWriter(TokenizerFiles.ReadVocabulary(source));
        IEnumerable<(string Key, GgufValue Value)> keys = General(source, configuration, weights)
            .Concat(GgufConfigurationWriter.Write(configuration)).Concat(vocabulary.Write(configuration.Vocabulary));
        GgufMetadata metadata = GgufMetadata.Of(keys);
        return new ConvertedModel(metadata, weights, [.. vocabulary.Notes, .. weights.LeftOut.Select(Unused)]);
    }

    static string Unused(string name) => $"{name} is left out: by its configuration the model's output matrix is its embedding";

    static IEnumerable<(string Key, GgufValue Value)> General(ModelFile source, ModelConfiguration configuration, ConvertedWeights weights)
    {
        yield return ("general.architecture", GgufValue.From(configuration.Architecture));
        yield return ("general.type", GgufValue.From("model"));
        yield return ("general.name", GgufValue.From(NameOf(source)));
        yield return ("general.file_type", GgufValue.From(FileType(weights)));
    }

    /// <summary>The folder's name, or the file's without what follows the last point.</summary>
    static string NameOf(ModelFile source)
    {
        string path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(source.Path));
        return source is Llama2cFile ? Path.GetFileNameWithoutExtension(path) : Path.GetFileName(Directory.Exists(path) ? path : Path.GetDirectoryName(path)!);
    }

    // The number by which llama.cpp calls the format of most weights (enum llama_ftype in llama.h).
    static uint FileType(ConvertedWeights weights)
    {
        TensorFormat most = weights.Tensors.Where(tensor => tensor.Shape.Rank > 1).GroupBy(tensor => tensor.Format)
            .MaxBy(format => format.Sum(tensor => (double)tensor.Bytes))!.Key;
        return most switch { TensorFormat.F16 => 1, TensorFormat.BF16 => 32, _ => 0 };
    }
}
