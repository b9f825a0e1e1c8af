namespace Shoestring.Models;

/// <summary>A text whose likelihood is asked for, and what stands before it.</summary>
/// <param name="Context">What is given; may be empty.</param>
/// <param name="Text">What is scored, with the white space that divides it from the context.</param>
public sealed record Continuation(string Context, string Text);

/// <summary>Texts that are scored against each other: the choices of one question, or a single one.</summary>
/// <param name="Where">What messages call it, as <c>file.jsonl:12</c>.</param>
/// <param name="Texts">The texts. What they share at their beginning is computed once.</param>
public sealed record Alternatives(string Where, IReadOnlyList<Continuation> Texts);

/// <summary>How likely a model finds a continuation.</summary>
/// <param name="LogLikelihood">Σ ln p(token | what is before it) over the continuation's tokens, in nats.</param>
/// <param name="IsGreedy">Whether each of its tokens is the likeliest one, so that greedy decoding would write it.</param>
/// <param name="Tokens">Tokens that were scored.</param>
/// <param name="Likeliest">The token that the model finds likeliest right after the context.</param>
public readonly record struct ContinuationScore(double LogLikelihood, bool IsGreedy, int Tokens, int Likeliest);
