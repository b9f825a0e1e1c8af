namespace Shoestring.Models;

/// <summary>What the name of a pre-tokenizer stands for.</summary>
/// <param name="Make">Makes it.</param>
/// <param name="IgnoreMerges">Whether a word that is a piece is taken whole.</param>
/// <param name="AddBos">Whether texts begin with the begin-of-text piece unless the file says otherwise.</param>
/// <param name="WholeLineEnds">Whether a run of line feeds that is a piece is taken whole (Gemma 4).</param>
sealed record PreTokenizerRule(Func<PreTokenizer> Make, bool IgnoreMerges = false, bool AddBos = false, bool WholeLineEnds = false)
{
    static readonly PreTokenizerRule Gpt2 = new(() => new Gpt2PreTokenizer());
    static readonly PreTokenizerRule Llama3 = new(() => new TiktokenPreTokenizer(digits: 3));
    static readonly PreTokenizerRule Qwen2 = new(() => new TiktokenPreTokenizer(digits: 1));

    /// <summary>The rule of <paramref name="vocabulary"/>, by name or by its expressions.</summary>
    /// <exception cref="Shoestring.Tensors.ModelFileException">The name is not handled.</exception>
    public static PreTokenizerRule For(Vocabulary vocabulary)
    {
        if (vocabulary.PreTokenizerPatterns is { } patterns)
            return ByPatterns(patterns, vocabulary.Source);
        string? name = vocabulary.PreTokenizer;
        if (vocabulary.Kind == VocabularyKind.ByteFallback)
            return new PreTokenizerRule(() => name is null ? new WholePreTokenizer() : new LinePreTokenizer(), WholeLineEnds: name is not (null or "sarvam-moe"));
        return ByName(name ?? "default") ?? throw VocabularyCheck.Wrong(vocabulary,
            $"the pre-tokenizer '{Names.Printable(name ?? "")}' is not handled (handled: {string.Join(", ", HandledNames)})");
    }

    /// <summary>
    /// All names that are handled, as llama.cpp gives them (src/llama-vocab.cpp, <c>tokenizer.ggml.pre</c>). Not handled are
    /// whitespace (jina-embeddings-v2-base-zh), and tiny_aya and cohere2moe, whose groups of digits llama.cpp cuts otherwise
    /// than their models' own expression does.
    /// </summary>
    public static IReadOnlyList<string> HandledNames { get; } =
    [
        "default", "gpt-2", "phi-2", "jina-es", "jina-de", "gigachat", "jina-v2-es", "jina-v2-de", "a.x-4.0", "mellum", "modern-bert",
        "jina-v1-en", "jina-v2-code", "roberta-bpe", "mpt", "olmo", "jais", "trillion", "granite-docling", "exaone4",
        "llama3", "llama-v3", "llama-bpe", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2", "jina-v5-nano",
        "dbrx", "smaug-bpe", "glm4", "chatglm-bpe",
        "qwen2", "deepseek-r1-qwen", "kormo", "f2llmv2", "stablelm2", "hunyuan", "solar-open", "megrez", "grok-2", "qwen35", "ufakzeka",
        .. PreTokenizerPatterns.Names,
        "afmoe", "superbpe",
        "gemma4", "granite-embed-multi-311m", "sarvam-moe",
    ];

    /// <summary>The name of the rule that cuts words by exactly these expressions, or null.</summary>
    /// <param name="patterns">Expressions of a tokenizer.json, applied in turn.</param>
    /// <param name="ignoreMerges">Whether it must take a word that is a piece whole.</param>
    public static string? NameOf(IReadOnlyList<string> patterns, bool ignoreMerges)
    {
        string? name = patterns switch
        {
            [PreTokenizerPatterns.Gpt2 or PreTokenizerPatterns.Gpt2Short] => "gpt-2",
            [PreTokenizerPatterns.Llama3] => ignoreMerges ? "llama-bpe" : "smaug-bpe",
            [PreTokenizerPatterns.Qwen2] => "qwen2",
            _ => PreTokenizerPatterns.NameOf(patterns),
        };
        return name is not null && ByName(name)!.IgnoreMerges == ignoreMerges ? name : null;
    }

    static PreTokenizerRule? ByName(string name) => name switch
    {
        "gpt-2" or "phi-2" or "jina-es" or "jina-de" or "gigachat" or "jina-v2-es" or "jina-v2-de" or "a.x-4.0" or "mellum"
            or "modern-bert" or "jina-v1-en" or "jina-v2-code" or "roberta-bpe" or "mpt" or "olmo" or "jais" or "trillion"
            or "granite-docling" or "exaone4" => Gpt2,
        "llama3" or "llama-v3" or "llama-bpe" or "falcon3" or "falcon-h1" or "pixtral" or "midm-2.0" or "lfm2" or "jina-v5-nano"
            => Llama3 with { IgnoreMerges = true, AddBos = true },
        "dbrx" or "smaug-bpe" or "glm4" or "chatglm-bpe" => Llama3,
        "qwen2" or "deepseek-r1-qwen" or "kormo" or "f2llmv2" or "stablelm2" or "hunyuan" or "solar-open" or "megrez" or "grok-2" => Qwen2,
        "qwen35" => new(() => new TiktokenPreTokenizer(digits: 1, marksAreLetters: true)),
        "ufakzeka" => new(() => new TiktokenPreTokenizer(digits: 1, contractions: false)),
        "afmoe" => new(() => new ChainPreTokenizer(DigitGroups.Any, new RegexPreTokenizer(PreTokenizerPatterns.AfmoeWords))),
        "superbpe" => new(() => new ChainPreTokenizer(new RegexPreTokenizer(@"\p{N}+"), DigitGroups.Ascii)),
        _ => ByPattern(name),
    };

    static PreTokenizerRule? ByPattern(string name) => PreTokenizerPatterns.Of(name) is not { } patterns ? null
        : new PreTokenizerRule(
            () => new RegexPreTokenizer(patterns),
            IgnoreMerges: name is "tekken" or "youtu" or "granite-embed-multi-97m" or "minicpm5",
            AddBos: name is "tekken" or "chameleon");

    /// <summary>The expressions of GPT-2, Llama 3 and Qwen 2 have scanners of their own.</summary>
    static PreTokenizerRule ByPatterns(IReadOnlyList<string> patterns, string source) => patterns switch
    {
        [] => new(() => new WholePreTokenizer()),
        [PreTokenizerPatterns.Gpt2 or PreTokenizerPatterns.Gpt2Short] => Gpt2,
        [PreTokenizerPatterns.Llama3] => Llama3,
        [PreTokenizerPatterns.Qwen2] => Qwen2,
        _ => new(() => RegexPreTokenizer.FromFile(patterns, source)),
    };
}
