using Shoestring.Models;

namespace Shoestring.Cli;

/// <summary>Reads a model's tokenizer without its weights.</summary>
static class TokenizerLoader
{
    /// <summary>The tokenizer of a model or of a vocabulary-only file.</summary>
    /// <exception cref="InputException">It has none, or one that is not handled.</exception>
    public static Tokenizer Load(ModelReference reference)
    {
        using ModelFile file = reference.Open();
        return file is GgufFile gguf
            ? Tokenizer.Create(GgufVocabulary.Read(gguf.Metadata, gguf.Path))
            : throw new ModelFileException("its tokenizer is not read", file.Path, "convert it to GGUF first");
    }
}
