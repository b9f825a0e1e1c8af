using Shoestring.Models;

namespace Shoestring.Training;

/// <summary>A document as tokens.</summary>
/// <param name="Tokens"><c>[token]</c></param>
/// <param name="Targets"><c>[token]</c>: whether the model is to learn to predict it.</param>
public sealed record EncodedDocument(int[] Tokens, bool[] Targets);

/// <summary>
/// Turns documents into tokens. A text is encoded as one, and its parts are divided where the encoding of what is given ends,
/// as evaluation divides a context and its continuation: a piece that reaches over the boundary belongs to what is learned.
/// </summary>
/// <param name="tokenizer">The model's.</param>
/// <param name="addEnd">Whether a document ends with the end-of-text piece, where there is one and nothing else ends it.</param>
public sealed class DocumentEncoder(Tokenizer tokenizer, bool addEnd = true)
{
    /// <summary>The document's tokens, after the begin-of-text piece where the model wants one.</summary>
    public EncodedDocument Encode(SourceDocument document)
    {
        ArgumentNullException.ThrowIfNull(document);
        bool hasControl = document.Segments.Any(segment => segment.HasControl);
        List<int> tokens = tokenizer.AddBos ? [tokenizer.Bos!.Value] : [];
        List<bool> targets = [.. tokens.Select(_ => false)];
        int[] whole = tokenizer.Encode(document.Text, addSpecial: false, parseSpecial: hasControl);
        string before = "";
        int first = 0;
        for (int i = 0; i < document.Segments.Count; i++)
        {
            before += document.Segments[i].Text;
            int end = i == document.Segments.Count - 1 ? whole.Length : Math.Max(first, Boundary(whole, before, hasControl));
            tokens.AddRange(whole.AsSpan(first, end - first));
            targets.AddRange(Enumerable.Repeat(document.Segments[i].IsTarget, end - first));
            first = end;
        }
        End(tokens, targets);
        return new EncodedDocument([.. tokens], [.. targets]);
    }

    int Boundary(ReadOnlySpan<int> whole, string before, bool hasControl) =>
        whole.CommonPrefixLength(tokenizer.Encode(before, addSpecial: false, parseSpecial: hasControl));

    void End(List<int> tokens, List<bool> targets)
    {
        int lastTarget = targets.LastIndexOf(true);
        bool hasEnd = lastTarget >= 0 && tokenizer.IsEndOfGeneration(tokens[lastTarget]);
        if (addEnd && !hasEnd && tokenizer.Eos is { } end)
        {
            tokens.Add(end);
            targets.Add(true);
        }
    }
}
