using Shoestring.Models;

namespace Shoestring.Cli;

/// <summary>Reads a model's tokenizer without its weights.</summary>
static class TokenizerLoader
{
    /// <summary>The tokenizer of a model or of a file with a vocabulary alone.</summary>
    /// <exception cref="InputException">It has none, or one that is not handled.</exception>
    public static Tokenizer Load(ModelReference reference)
    {
        if (reference.Path is not null)
        {
            return TokenizerFiles.Load(reference.Path);
        }

        using ModelFile file = reference.Open();
        return TokenizerFiles.Load(file);
    }
}
