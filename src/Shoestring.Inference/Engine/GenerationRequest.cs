namespace Shoestring.Inference;

/// <summary>Why a generation ended.</summary>
public enum StopReason
{
    /// <summary>It has not ended.</summary>
    None,

    /// <summary>The asked number of tokens was made.</summary>
    Length,

    /// <summary>A stop string appeared.</summary>
    Stop,

    /// <summary>The model ended its text.</summary>
    Eos,
}

/// <summary>What is asked of an engine.</summary>
/// <param name="Prompt">The prompt's tokens, BOS included where the model wants one.</param>
public sealed record GenerationRequest(IReadOnlyList<int> Prompt)
{
    /// <summary>Most tokens to make.</summary>
    public int MaximumTokens { get; init; } = 128;

    /// <summary>How tokens are chosen.</summary>
    public SamplingOptions Sampling { get; init; } = new();

    /// <summary>Texts that end the generation; they are not part of the answer.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>Tokens that end the generation beside those that end the model's texts; they are not part of the answer.</summary>
    public IReadOnlyList<int> StopTokens { get; init; } = [];

    /// <summary>Go on after the model has ended its text.</summary>
    public bool IgnoreEndOfText { get; init; }

    /// <summary>
    /// When the context is full, forget the older half of the text and read the rest again, instead of failing.
    /// </summary>
    public bool ShiftContext { get; init; }

    /// <summary>Number that tells this request's random numbers from others with the same seed.</summary>
    public ulong Number { get; init; }
}

/// <summary>A piece of an answer as it is made.</summary>
/// <param name="Token">The token.</param>
/// <param name="Text">The text that became certain with it: whole characters, nothing that may belong to a stop string.</param>
/// <param name="Stop">Why this was the last piece, or None.</param>
public readonly record struct GeneratedPiece(int Token, string Text, StopReason Stop);
