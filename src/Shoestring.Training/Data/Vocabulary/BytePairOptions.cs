namespace Shoestring.Training;

/// <summary>What vocabulary is trained.</summary>
public sealed record BytePairOptions
{
    /// <summary>Pieces, with the 256 bytes and the special ones. 4,096 is the largest of the small vocabularies that llama2.c trains for stories.</summary>
    public int VocabularySize { get; init; } = 4096;

    /// <summary>How often a pair must occur to be merged: twice, as in Hugging Face's byte-level trainer.</summary>
    public long LeastCount { get; init; } = 2;

    /// <summary>The rule that cuts words: GPT-2's (Radford et al. 2019).</summary>
    public string PreTokenizer { get; init; } = "gpt-2";

    /// <summary>Special pieces; the first begins and ends texts. GPT-2's.</summary>
    public IReadOnlyList<string> Special { get; init; } = ["<|endoftext|>"];

    /// <summary>Whether texts begin with the first special piece, so that a model learns how texts begin, and is prompted so.</summary>
    public bool AddBos { get; init; } = true;
}
