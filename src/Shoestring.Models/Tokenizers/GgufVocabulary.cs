using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>Reads the tokenizer of a GGUF file from its metadata (gguf.md, "Tokenizer"); tensors are not needed.</summary>
public static class GgufVocabulary
{
    const string Key = "tokenizer.ggml.";

    /// <summary>The vocabulary that <paramref name="metadata"/> describes.</summary>
    /// <param name="metadata">Of a model or a vocabulary-only file.</param>
    /// <param name="source">The file, for messages.</param>
    /// <exception cref="ModelFileException">It has none, one of a kind that is not handled, or a contradictory one.</exception>
    public static Vocabulary Read(GgufMetadata metadata, string source)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        VocabularyKind kind = Kind(metadata, source);
        PieceList pieces = Pieces(metadata[Key + "tokens"].AsStrings());
        bool sentencePiece = kind == VocabularyKind.SentencePiece;
        string? preTokenizer = PreTokenizer(metadata);
        var vocabulary = new Vocabulary
        {
            Source = source,
            Kind = kind,
            Pieces = pieces,
            Scores = Scores(metadata),
            Types = Types(metadata),
            Merges = Merges(metadata, kind, preTokenizer),
            PreTokenizer = sentencePiece ? null : preTokenizer,
            Bos = preTokenizer is "glm4" or "chatglm-bpe" ? Id(metadata, "bos", null) : Id(metadata, "bos", sentencePiece && pieces.Count > 1 ? 1 : null),
            Eos = Id(metadata, "eos", sentencePiece && pieces.Count > 2 ? 2 : null),
            Eot = Id(metadata, "eot", null),
            Unknown = Id(metadata, "unknown", sentencePiece ? 0 : null),
            Padding = Id(metadata, "padding", null),
            AddBos = IsGemma(preTokenizer) ? true : Flag(metadata, "add_bos_token"),
            AddEos = Flag(metadata, "add_eos_token"),
            SpacePrefix = Flag(metadata, "add_space_prefix") is { } add ? add ? SpacePrefix.AfterSpecial : SpacePrefix.None : null,
            ChatTemplate = metadata.GetString("tokenizer.chat_template", null),
        };
        return WithStripping(vocabulary, metadata.GetString("general.name", "").ToLowerInvariant());
    }

    static bool IsGemma(string? preTokenizer) => preTokenizer is "gemma4" or "granite-embed-multi-311m";

    static string? PreTokenizer(GgufMetadata metadata) =>
        metadata.GetString(Key + "model") == "gemma4" ? "gemma4" : metadata.GetString(Key + "pre", null);

    static VocabularyKind Kind(GgufMetadata metadata, string source)
    {
        string model = metadata.GetString(Key + "model");
        return model switch
        {
            "llama" => VocabularyKind.SentencePiece,
            "gemma4" => VocabularyKind.ByteFallback,
            "gpt2" => IsGemma(PreTokenizer(metadata)) || PreTokenizer(metadata) == "sarvam-moe" ? VocabularyKind.ByteFallback : VocabularyKind.ByteLevel,
            "no_vocab" or "none" => throw new ModelFileException("the model has no vocabulary", source, "take a model that was converted with its tokenizer"),
            _ => throw new ModelFileException($"the tokenizer '{Names.Printable(model)}' is not handled", source,
                "take a model with a SentencePiece BPE ('llama') or byte-level BPE ('gpt2') tokenizer"),
        };
    }

    static PieceList Pieces(GgufStringArray strings)
    {
        var builder = new PieceListBuilder(strings.Count);
        for (int i = 0; i < strings.Count; i++)
            builder.Add(strings.Utf8(i));
        return builder.Build();
    }

    static PieceList? Merges(GgufMetadata metadata, VocabularyKind kind, string? preTokenizer)
    {
        if (kind == VocabularyKind.SentencePiece || (preTokenizer == "kimi-k2" && !metadata.Contains(Key + "merges")))
            return null;
        return Pieces(metadata[Key + "merges"].AsStrings());
    }

    static float[] Scores(GgufMetadata metadata)
    {
        if (!metadata.TryGet(Key + "scores", out GgufValue? value))
            return [];
        return value.ElementType is GgufType.Float32 or GgufType.Float64 ? value.AsSingleArray()
            : Array.ConvertAll(value.AsInt32Array(), score => (float)score);
    }

    static PieceType[] Types(GgufMetadata metadata) => !metadata.TryGet(Key + "token_type", out GgufValue? value) ? []
        : Array.ConvertAll(value.AsInt32Array(), type => type is >= 0 and <= 6 ? (PieceType)type : PieceType.Undefined);

    /// <summary>A special id; files write 2³² − 1 for "none".</summary>
    static int? Id(GgufMetadata metadata, string role, int? otherwise)
    {
        long id = metadata.GetLong($"{Key}{role}_token_id", -2);
        return id == -2 ? otherwise : id is -1 or uint.MaxValue ? null : (int)Math.Clamp(id, int.MinValue, int.MaxValue);
    }

    static bool? Flag(GgufMetadata metadata, string name) =>
        metadata.TryGet(Key + name, out GgufValue? value) ? value.AsBoolean() : null;

    /// <summary>Pieces that swallow white space beside them, which GGUF does not say; known by the model's name as in llama.cpp.</summary>
    static Vocabulary WithStripping(Vocabulary vocabulary, string name)
    {
        if (!name.Contains("phi-3", StringComparison.Ordinal) && !name.Contains("phi3", StringComparison.Ordinal))
            return vocabulary;
        var strip = new HashSet<int>();
        for (int id = 0; id < vocabulary.Pieces.Count && id < vocabulary.Types.Length; id++)
        {
            bool special = vocabulary.Type(id) is PieceType.Control or PieceType.UserDefined or PieceType.Unknown;
            if (special && vocabulary.Pieces.Text(id) is not ("<unk>" or "<s>" or "<|endoftext|>"))
                strip.Add(id);
        }
        return vocabulary with { StripRight = strip };
    }
}
