using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>The metadata of a model that was not read from a file.</summary>
public static class GgufDescription
{
    /// <summary>What a GGUF file of the model says of it, its vocabulary among it.</summary>
    /// <param name="model">The model.</param>
    /// <param name="vocabulary">Its vocabulary.</param>
    /// <param name="name">Its name.</param>
    /// <exception cref="ModelFileException">The vocabulary is larger than the model's, or GGUF cannot say what it does.</exception>
    public static GgufMetadata Of(ModelConfiguration model, Vocabulary vocabulary, string name)
    {
        (string Key, GgufValue Value)[] general =
        [
            ("general.architecture", GgufValue.From(model.Architecture)), ("general.type", GgufValue.From("model")),
            ("general.name", GgufValue.From(name)), ("general.file_type", GgufValue.From(0u)),
        ];
        return GgufMetadata.Of(general.Concat(GgufConfigurationWriter.Write(model)).Concat(new GgufVocabularyWriter(vocabulary).Write(model.Vocabulary)));
    }
}
