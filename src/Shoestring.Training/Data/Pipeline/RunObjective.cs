using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>What a run's batches are to predict, from its methods and the vocabulary at hand.</summary>
static class RunObjective
{
    /// <summary>The objective of training.</summary>
    /// <exception cref="InputException">The vocabulary lacks a piece.</exception>
    public static TrainingObjective Of(DataMethods methods, Tokenizer tokenizer)
    {
        TrainingObjective objective = HeldOut(methods, tokenizer);
        return methods.TokenDropout is { } dropout ? new TokenDropoutObjective(dropout.Rate, Piece(dropout.Piece, tokenizer, "token-dropout"), objective) : objective;
    }

    /// <summary>The objective that held-out text is judged by: what is learned, without what makes learning harder.</summary>
    /// <exception cref="InputException">The vocabulary lacks a piece.</exception>
    public static TrainingObjective HeldOut(DataMethods methods, Tokenizer tokenizer) => methods.Masking is { } masking
        ? new MaskedObjective(new MaskedOptions { Rate = masking.Rate, Mask = Piece(masking.Piece, tokenizer, "objective"), VocabularySize = tokenizer.VocabularySize })
        : new CausalObjective();

    static int Piece(string? named, Tokenizer tokenizer, string method) => named is not null
        ? tokenizer.Find(named) ?? throw new InputException($"the vocabulary has no piece '{named}'", method, "name one of its pieces")
        : tokenizer.Unknown ?? tokenizer.Eos ?? throw new InputException("the vocabulary has neither an unknown piece nor an end of text", method, "name one of its pieces with piece=");
}
