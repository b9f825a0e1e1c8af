using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>What a model was before training, as GGUF has it: enough to write it again with other weights.</summary>
/// <param name="Configuration">Its hyperparameters.</param>
/// <param name="Metadata">All that its file says beside the weights.</param>
/// <param name="Vocabulary">Its vocabulary.</param>
/// <param name="Weights">Its weights; open while it is read, no longer needed afterwards.</param>
sealed record ModelOrigin(ModelConfiguration Configuration, GgufMetadata Metadata, Vocabulary Vocabulary, ModelFile Weights)
{
    /// <summary>Of a file of any kind.</summary>
    public static ModelOrigin Of(ModelFile file)
    {
        if (file is GgufFile gguf)
        {
            return new ModelOrigin(Trainable(GgufConfiguration.Read(gguf), gguf.Path), gguf.Metadata, TokenizerFiles.ReadVocabulary(gguf), gguf);
        }
        ConvertedModel converted = ConvertedModel.Of(file);
        return new ModelOrigin(Trainable(GgufConfiguration.Read(converted.Weights, converted.Metadata), file.Path), converted.Metadata, TokenizerFiles.ReadVocabulary(file), converted.Weights);
    }

    /// <summary>Of a model that begins with random weights.</summary>
    public static ModelOrigin Of(ModelConfiguration configuration, Vocabulary vocabulary, ulong seed)
    {
        FreshWeights weights = new(configuration, seed);
        GgufMetadata metadata = GgufDescription.Of(configuration, vocabulary, weights.Path);
        return new ModelOrigin(Trainable(GgufConfiguration.Read(weights, metadata), weights.Path), metadata, vocabulary, weights);
    }

    static ModelConfiguration Trainable(ModelConfiguration model, string path) => !model.Blocks.Any(block => block.Ranks.Any || block.HasShortcuts) ? model
        : throw new InputException("its matrices are products of factors, or shortcuts turn its residual stream, and neither has a backward pass", path, "train the model that it was made from, and compress it afterwards");
}
