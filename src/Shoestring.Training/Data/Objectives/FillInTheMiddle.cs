using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>How documents are rearranged for fill-in-the-middle.</summary>
public sealed record FillInTheMiddleOptions
{
    /// <summary>The share of documents that are rearranged. Half, the rate of most of the paper's models, leaves left-to-right ability as it was (Bavarian et al., arXiv 2207.14255).</summary>
    public double Rate { get; init; } = 0.5;

    /// <summary>The share of those that are written suffix first (SPM); the paper trains on both alike, since each helps the other (arXiv 2207.14255).</summary>
    public double SuffixFirstShare { get; init; } = 0.5;

    /// <summary>The pieces that mark the prefix, the suffix and the middle: Qwen 2.5's and StarCoder's kin.</summary>
    public string PrefixPiece { get; init; } = "<|fim_prefix|>";

    /// <inheritdoc cref="PrefixPiece"/>
    public string SuffixPiece { get; init; } = "<|fim_suffix|>";

    /// <inheritdoc cref="PrefixPiece"/>
    public string MiddlePiece { get; init; } = "<|fim_middle|>";
}

/// <summary>
/// Fill-in-the-middle: a document is cut at two characters drawn at random and its middle is moved to the end, so that a
/// left-to-right model learns to write it from both sides (Bavarian et al., arXiv 2207.14255, §3). Documents are cut by
/// characters and then encoded, as the paper prefers, so that middles may begin and end within a piece; all tokens but the marks
/// are learned.
/// </summary>
public sealed class FillInTheMiddle
{
    readonly Tokenizer tokenizer;
    readonly FillInTheMiddleOptions options;
    readonly ulong seed;
    readonly int prefix, suffix, middle;

    /// <summary>Finds the marks in the vocabulary.</summary>
    /// <exception cref="InputException">It has none of that name.</exception>
    public FillInTheMiddle(Tokenizer tokenizer, FillInTheMiddleOptions options, ulong seed)
    {
        (this.tokenizer, this.options, this.seed) = (tokenizer, options, seed);
        (prefix, suffix, middle) = (Id(options.PrefixPiece), Id(options.SuffixPiece), Id(options.MiddlePiece));
    }

    /// <summary>Encodes a text, rearranged or as it is; by the seed and its number alone.</summary>
    /// <param name="text">The document.</param>
    /// <param name="document">Its number.</param>
    public EncodedDocument Encode(string text, long document)
    {
        DataRandom random = new(seed, RandomUse.FillInTheMiddle, (ulong)document);
        bool isMoved = random.At(0) < options.Rate;
        List<int> tokens = tokenizer.AddBos ? [tokenizer.Bos!.Value] : [];
        if (isMoved)
        {
            (string before, string between, string after) = Cut(text, random);
            // Suffix first: the prefix and the middle are written in one run, so that generating goes on where the prefix ends.
            tokens.AddRange(random.At(3) < options.SuffixFirstShare
                ? [prefix, suffix, .. Plain(after), middle, .. Plain(before), .. Plain(between)]
                : [prefix, .. Plain(before), suffix, .. Plain(after), middle, .. Plain(between)]);
        }
        else
        {
            tokens.AddRange(Plain(text));
        }
        if (tokenizer.Eos is { } end)
        {
            tokens.Add(end);
        }
        bool[] targets = [.. tokens.Select((token, i) => i > 0 && token != prefix && token != suffix && token != middle)];
        return new EncodedDocument([.. tokens], targets);
    }

    /// <summary>Cuts a text at two of the places between its characters, each pair as likely.</summary>
    internal static (string Before, string Between, string After) Cut(string text, long document, ulong seed) =>
        Cut(text, new DataRandom(seed, RandomUse.FillInTheMiddle, (ulong)document));

    static (string Before, string Between, string After) Cut(string text, DataRandom random)
    {
        int one = Place(text, random.Below(1, text.Length + 1)), other = Place(text, random.Below(2, text.Length + 1));
        (int first, int last) = (Math.Min(one, other), Math.Max(one, other));
        return (text[..first], text[first..last], text[last..]);
    }

    /// <summary>The place, or the one before it where it would part a surrogate pair.</summary>
    static int Place(string text, int place) =>
        place > 0 && place < text.Length && char.IsLowSurrogate(text[place]) && char.IsHighSurrogate(text[place - 1]) ? place - 1 : place;

    int[] Plain(string text) => tokenizer.Encode(text, addSpecial: false, parseSpecial: false);

    int Id(string piece) => tokenizer.Find(piece) ?? throw new InputException($"the vocabulary has no piece '{piece}'", "fill-in-the-middle",
        $"name three of its pieces, or train a vocabulary with them ({string.Join(", ", options.PrefixPiece, options.SuffixPiece, options.MiddlePiece)})");
}
