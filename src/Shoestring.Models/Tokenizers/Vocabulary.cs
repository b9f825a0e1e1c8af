namespace Shoestring.Models;

/// <summary>How a vocabulary cuts text into pieces.</summary>
public enum VocabularyKind
{
    /// <summary>SentencePiece BPE: adjacent pieces merge by the score of the result ("llama" in GGUF).</summary>
    SentencePiece,

    /// <summary>Byte-level BPE: words by a pre-tokenizer, bytes as printable characters, merges by rank ("gpt2" in GGUF).</summary>
    ByteLevel,

    /// <summary>BPE by rank over UTF-8 characters, spaces as U+2581, with byte pieces for the rest (Llama-2 style tokenizer.json).</summary>
    ByteFallback,
}

/// <summary>What a piece is for. The values are GGUF's (<c>tokenizer.ggml.token_type</c>, gguf.md).</summary>
public enum PieceType : byte
{
    Undefined = 0,
    Normal = 1,
    Unknown = 2,
    Control = 3,
    UserDefined = 4,
    Unused = 5,
    Byte = 6,
}

/// <summary>Before which text a space is put, as SentencePiece does with the start of a sentence.</summary>
public enum SpacePrefix
{
    None,

    /// <summary>At the start and after every special token (llama.cpp; the normaliser Prepend).</summary>
    AfterSpecial,

    /// <summary>At the start of the text alone (Metaspace with prepend_scheme first).</summary>
    First,
}

/// <summary>
/// A tokenizer as a model file describes it: the pieces with their ids as positions, and how to use them. Plain data; the
/// constructor of <see cref="Tokenizer"/> checks it.
/// </summary>
public sealed record Vocabulary
{
    /// <summary>Named in error messages: the file that this was read from.</summary>
    public string Source { get; init; } = "vocabulary";

    public required VocabularyKind Kind { get; init; }

    /// <summary>Piece i has id i. Byte-level pieces are in GPT-2's printable alphabet, SentencePiece's have U+2581 for a space.</summary>
    public required PieceList Pieces { get; init; }

    /// <summary>Log probabilities, one per piece (SentencePiece); empty means all equal.</summary>
    public float[] Scores { get; init; } = [];

    /// <summary>One per piece; empty means all normal.</summary>
    public PieceType[] Types { get; init; } = [];

    /// <summary>"left right" by rank, for the two BPE kinds.</summary>
    public PieceList? Merges { get; init; }

    /// <summary>Name of the rule that cuts text into words, as <c>tokenizer.ggml.pre</c> has it; null for the default.</summary>
    public string? PreTokenizer { get; init; }

    /// <summary>Regular expressions of a tokenizer.json, applied in turn, where no name stands for them.</summary>
    public IReadOnlyList<string>? PreTokenizerPatterns { get; init; }

    public int? Bos { get; init; }

    public int? Eos { get; init; }

    public int? Eot { get; init; }

    public int? Unknown { get; init; }

    public int? Padding { get; init; }

    /// <summary>Whether text starts with <see cref="Bos"/>; null leaves it to the kind.</summary>
    public bool? AddBos { get; init; }

    /// <summary>Whether text ends with <see cref="Eos"/>; null means no.</summary>
    public bool? AddEos { get; init; }

    /// <summary>Null leaves it to the kind.</summary>
    public SpacePrefix? SpacePrefix { get; init; }

    /// <summary>Whether the space is left out where the text begins with one itself (Metaspace, ByteLevel).</summary>
    public bool SpacePrefixOnlyBeforeText { get; init; }

    /// <summary>Whether a word that is a piece is taken whole before any merge; null leaves it to the pre-tokenizer's name.</summary>
    public bool? IgnoreMerges { get; init; }

    /// <summary>Special pieces that swallow the white space to their left.</summary>
    public IReadOnlySet<int> StripLeft { get; init; } = new HashSet<int>();

    /// <summary>Special pieces that swallow the white space to their right.</summary>
    public IReadOnlySet<int> StripRight { get; init; } = new HashSet<int>();

    /// <summary>The model's Jinja chat template, if it has one.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>Type of piece <paramref name="id"/>.</summary>
    public PieceType Type(int id) => Types.Length == 0 ? PieceType.Normal : Types[id];
}
