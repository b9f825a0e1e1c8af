using System.Text.Json.Serialization;

namespace Shoestring.Metering;

/// <summary>What a receipt is for.</summary>
/// <param name="Kind">The kind of work, by the verb's name: <c>generate</c>, <c>perplexity</c>, <c>apply</c>…</param>
/// <param name="PromptTokens">Tokens that were given (prompt, scored text, training text).</param>
/// <param name="GeneratedTokens">Tokens that were produced.</param>
/// <param name="Sequences">Independent sequences.</param>
public sealed record Work(string Kind, long PromptTokens = 0, long GeneratedTokens = 0, long Sequences = 0)
{
    /// <summary>The model it was done with, or null when none was.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Model { get; init; }

    /// <summary>
    /// What efficiency is counted in: the generated tokens when the work produced any, otherwise the tokens it went through.
    /// </summary>
    [JsonIgnore]
    public long OutputTokens => GeneratedTokens > 0 ? GeneratedTokens : PromptTokens;
}
