namespace Shoestring.Models;

/// <summary>One question of a task.</summary>
/// <param name="Group">What it is reported under, as a phenomenon of BLiMP; empty where a task has no such parts.</param>
/// <param name="Choices">What may be chosen; one for a last word that is right or wrong by itself.</param>
/// <param name="Answer">Which of them is right.</param>
public sealed record EvaluationItem(string Group, Alternatives Choices, int Answer)
{
    /// <summary>UTF-8 bytes of each choice, by which a log-likelihood is normalized; empty where it is not.</summary>
    public IReadOnlyList<int> ChoiceBytes { get; init; } = [];
}
