using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>
/// A context and its continuation as tokens, divided as lm-evaluation-harness divides them (lm_eval/api/model.py,
/// <c>_encode_pair</c>): white space at the context's end goes to the continuation, both are encoded as one text, and the
/// encoding of the context alone says how many of those tokens are given.
/// </summary>
/// <param name="Tokens">Both, after the begin token where there is one.</param>
/// <param name="Given">How many of the tokens are given, at least one; the others are scored.</param>
/// <param name="IsTruncated">Whether tokens were cut from the left to fit the context.</param>
sealed record EncodedContinuation(int[] Tokens, int Given, bool IsTruncated)
{
    /// <summary>Rows that the model runs: the last token is predicted and never read.</summary>
    public int Rows => Tokens.Length - 1;

    /// <summary>The row that predicts the first scored token.</summary>
    public int FirstScoredRow => Given - 1;

    /// <summary>Encodes a continuation for a model that sees <paramref name="context"/> positions.</summary>
    /// <exception cref="InputException">Nothing of it can be scored, or it is longer than the context.</exception>
    public static EncodedContinuation Encode(Tokenizer tokenizer, Continuation continuation, int context, string where)
    {
        string given = continuation.Context.TrimEnd(), text = continuation.Context[given.Length..] + continuation.Text;
        int[] tokens = Plain(tokenizer, given + text);
        // A piece may reach over the boundary; then at least the last token is scored.
        int length = given.Length == 0 ? 0 : Math.Clamp(Plain(tokenizer, given).Length, 0, Math.Max(0, tokens.Length - 1));
        if (Begin(tokenizer, length) is { } begin)
        {
            (tokens, length) = ([begin, .. tokens], length + 1);
        }
        // Without a begin or an end token the text's own first token is the only thing that can be given.
        length = Math.Max(1, length);
        return tokens.Length > length
            ? Cut(tokens, length, context, where)
            : throw new InputException("a text has no token that could be predicted", where, "give a longer text");
    }

    // The end token divides texts in training, so it stands for a text's begin where the vocabulary has no other.
    static int? Begin(Tokenizer tokenizer, int given) =>
        tokenizer.AddBos ? tokenizer.Bos : given == 0 ? tokenizer.Bos ?? tokenizer.Eos : null;

    // Special pieces that are spelled out in the data are text.
    static int[] Plain(Tokenizer tokenizer, string text) => tokenizer.Encode(text, addSpecial: false, parseSpecial: false);

    static EncodedContinuation Cut(int[] tokens, int given, int context, string where)
    {
        int excess = Math.Max(0, tokens.Length - 1 - context);
        return excess < given
            ? new EncodedContinuation(excess == 0 ? tokens : tokens[excess..], given - excess, excess > 0)
            : throw new InputException($"a text to score has {tokens.Length - given} tokens, the context {context} positions", where, "give a larger --context or leave it out");
    }
}
