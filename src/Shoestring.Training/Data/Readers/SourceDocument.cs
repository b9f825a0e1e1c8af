namespace Shoestring.Training;

/// <summary>A stretch of a document's text.</summary>
/// <param name="Text">The text, with the white space that divides it from its neighbours.</param>
/// <param name="IsTarget">Whether the model is to learn to write it; otherwise it is given.</param>
/// <param name="HasControl">Whether control pieces that are spelled out in it count as such, as in what a chat template makes.</param>
public readonly record struct TextSegment(string Text, bool IsTarget, bool HasControl = false);

/// <summary>One document of training text.</summary>
/// <param name="Where">What messages call it, as <c>file.jsonl:12</c>.</param>
/// <param name="Segments">Its text in order.</param>
public sealed record SourceDocument(string Where, IReadOnlyList<TextSegment> Segments)
{
    /// <summary>A document that is learned whole.</summary>
    public static SourceDocument Plain(string where, string text) => new(where, [new TextSegment(text, IsTarget: true)]);

    /// <summary>All of its text.</summary>
    public string Text => string.Concat(Segments.Select(segment => segment.Text));
}
