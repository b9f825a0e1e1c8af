namespace Shoestring.Models;

/// <summary>
/// The regular expressions behind the names that no scanner stands for. They are constants of the models they come from,
/// in the form in which llama.cpp applies them (src/llama-vocab.cpp).
/// </summary>
static class PreTokenizerPatterns
{
    /// <summary>The rest after which GPT-2's trailing alternative is what lies between matches.</summary>
    public const string Gpt2Short = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)";

    public const string Gpt2 = Gpt2Short + @"|\s+";

    public const string Llama3 = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    public const string Qwen2 = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    const string Contractions = @"(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])";
    const string Tail = @"\s*[\r\n]+|\s+(?!\S)|\s+";
    const string Letters = @"[^\r\n\p{L}\p{N}]?\p{L}+";
    const string Punctuation = @"[!""#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]";
    const string Sentence = @" ?[^(\s|.,!?…。，、।۔،)]+";
    const string DeepSeekWords = Punctuation + @"[A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|" + Tail;
    const string Cjk = "[一-龥぀-ゟ゠-ヿ]+";
    const string CjkAndKorean = @"[\u4E00-\u9FA5\u0800-\u4E00\uAC00-\uD7FF]+";

    // llama.cpp knows no case beyond ASCII: "upper" is any letter but a…z, "lower" any but A…Z.
    const string Cased = @"[^\r\n\p{L}\p{N}]?[\p{L}-[a-z]]*[\p{L}-[A-Z]]+{0}|[^\r\n\p{L}\p{N}]?[\p{L}-[a-z]]+[\p{L}-[A-Z]]*{0}|";
    const string Slashes = @" ?[^\s\p{L}\p{N}]+[\r\n/]*|" + Tail;

    // And where an expression names its letters by case, it takes them all.
    const string LettersAndMarks = @"[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+" + Contractions + "?|";

    const string HanCharacters = @"\u4E00-\u9FFF\u3400-\u4DBF\uF900-\uFAFF";

    /// <summary>Arcee's AFMoE, after the digits.</summary>
    public static string[] AfmoeWords { get; } =
    [
        @"[\u4E00-\u9FFE\u3400-\u4DBF\uF900-\uFAFF\u3040-\u309F\u30A0-\u30FF\uFF65-\uFF9F\u2F00-\u2FDF\u0E40-\u0E7F"
        + @"\u0E80-\u0EFF\u1780-\u17FF\u1000-\u109F\uAA60-\uAA7F\uA9E0-\uA9FF\uAC00-\uD7AF\u1100-\u11FF]+",
        DeepSeekWords,
    ];

    /// <summary>The names that <see cref="Of"/> knows.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "jais-2", "deepseek-llm", "deepseek-v3", "hunyuan-dense", "joyai-llm", "hy_v4", "spark2_5", "youtu", "deepseek-coder", "falcon",
        "starcoder", "refact", "command-r", "smollm", "codeshell", "exaone", "minerva-7b", "mellum2", "poro-chat", "bloom", "gpt3-finnish",
        "viking", "tekken", "chameleon", "gpt-4o", "llama4", "kanana2", "talkie", "minimax-m2", "granite-embed-multi-97m", "kimi-k2",
        "bailingmoe", "bailingmoe2", "llada-moe", "seed-coder", "laguna", "exaone-moe", "minicpm5",
    ];

    /// <summary>The expressions of <paramref name="name"/>, to be applied in turn; null if it is none of <see cref="Names"/>.</summary>
    public static string[]? Of(string name) => name switch
    {
        "default" => [@"[\p{P}\$\+<=>\^~\|]+", Gpt2Short, @"\p{N}+", "[0-9][0-9][0-9]"],
        "jais-2" => [Contractions + "|" + Letters + @"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|" + JaisSpaces],
        "deepseek-llm" => ["[\r\n]", DeepSeekLetters, @"\s?[!-/:-~！-／：-～‘-‟　-。]+", @"\s+\z", CjkAndKorean, @"\p{N}+"],
        "deepseek-v3" or "hunyuan-dense" or "joyai-llm" or "hy_v4" => [@"\p{N}{1,3}", Cjk, DeepSeekWords],
        "spark2_5" => [@"\p{N}{1,3}", Cjk, SparkWords, @"\p{N}"],
        "youtu" => ["[가-힣ㄱ-ㆎ]+|[！…“”‘’—：；，、-〿︰-﹏]+|[ㄅ-ㄯ]+|" + Cjk, LettersAndMarks + @"\p{N}|" + Slashes],
        "deepseek-coder" => ["[\r\n]", @"\s?\p{L}+", @"\s?\p{P}+", CjkAndKorean, @"\p{N}"],
        "falcon" => [@"[\p{P}\$\+<=>\^~\|`]+", Gpt2Short, "[0-9][0-9][0-9]"],
        "starcoder" or "refact" or "command-r" or "smollm" or "codeshell" or "exaone" or "minerva-7b" or "mellum2" => [@"\p{N}", Gpt2Short],
        "poro-chat" or "bloom" or "gpt3-finnish" => [Sentence],
        "viking" => [Sentence, @"\p{N}"],
        "tekken" => [Cased.Replace("{0}", "") + @"\p{N}|" + Slashes],
        "gpt-4o" or "llama4" or "kanana2" or "talkie" or "minimax-m2" => [Cased.Replace("{0}", Contractions + "?") + @"\p{N}{1,3}|" + Slashes],
        "granite-embed-multi-97m" => [CasedMarks + @"\p{N}{1,3}|" + Slashes],
        _ => OfOthers(name),
    };

    /// <summary>The first of <see cref="Names"/> with exactly these expressions, or null. GPT-2's last alternative counts for nothing.</summary>
    public static string? NameOf(IReadOnlyList<string> patterns)
    {
        string[] shortened = [.. patterns.Select(pattern => pattern == Gpt2 ? Gpt2Short : pattern)];
        return Names.FirstOrDefault(name => Of(name)!.SequenceEqual(shortened));
    }

    static string[]? OfOthers(string name) => name switch
    {
        "chameleon" =>
        [
            "<sentinel:[0-9]+>", "(IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z", "([\\t\\n]|    |  )", @"\p{N}", @"[\p{P}!-/:-@\[-`{-~]", Gpt2Short,
        ],
        "kimi-k2" =>
        [
            $@"[{HanCharacters}]+|[^\r\n\p{{L}}\p{{N}}]?[\p{{L}}-[{HanCharacters}]]+{Contractions}?|\p{{N}}{{1,3}}| ?[^\s\p{{L}}\p{{N}}]+[\r\n]*|" + Tail,
        ],
        "bailingmoe" or "bailingmoe2" or "llada-moe" =>
            ["'(?:[sSdDmMtT]|[lL][lL]|[vV][eE]|[rR][eE])|" + Letters + @"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"],
        "seed-coder" => [Contractions + "|" + Letters + @"|\p{N}{1}| ?[^\s\p{L}\p{N}\r\n]+|" + Tail],
        "laguna" => ["[^\n]+|[\n]+", Contractions + "|" + Letters + @"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|" + Tail],
        "exaone-moe" =>
            [Contractions + @"|[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]?|\s*[\r\n]|\s+(?!\S)|\s+"],
        "minicpm5" => [@"\p{N}{1,3}", Contractions + "|" + Letters + @"|\p{N}+| ?[^\s\p{L}\p{N}]+[\r\n]*|" + Tail],
        _ => null,
    };

    const string SparkWords = Punctuation + @"[A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+|[\r\n]|\s+(?!\S)|\s+";

    const string JaisSpaces = @"\s{512}(?!\S)|\s{256}(?!\S)|\s{128}(?!\S)|\s{64}(?!\S)|\s{32}(?!\S)|\s{16}(?!\S)|\s{8}(?!\S)|\s{4}(?!\S)|\s{1,2}(?!\S)|\s{1}";

    const string CasedMarks =
        @"[^\r\n\p{L}\p{N}]?[\p{L}\p{M}-[a-z]]*[\p{L}\p{M}-[A-Z]]+" + Contractions + "?|"
        + @"[^\r\n\p{L}\p{N}]?[\p{L}\p{M}-[a-z]]+[\p{L}\p{M}-[A-Z]]*" + Contractions + "?|";

    // The last ranges of the original lie beyond U+FFFF; their stand-ins are among Ꙁ-ꙭ.
    const string DeepSeekLetters =
        @"\s?[A-Za-z\u00B5\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u01BA\u01BC-\u01BF\u01C4-\u0293\u0295-\u02AF\u0370-\u0373\u0376\u0377"
        + @"\u037B-\u037D\u037F\u0386\u0388-\u038A\u038C\u038E-\u03A1\u03A3-\u03F5\u03F7-\u0481\u048A-\u052F\u0531-\u0556"
        + @"\u10A0-\u10C5\u13A0-\u13F5\u13F8-\u13FD\u1C90-\u1CBA\u1CBD-\u1CBF\u1D00-\u1D2B\u1D6B-\u1D77\u1D79-\u1D9A"
        + @"\u1E00-\u1F15\u1F18-\u1F1D\u1F20-\u1F45\u1F48-\u1F4D\u1F50-\u1F57\u1F59\u1F5B\u1F5D\u1F5F-\u1F7D\u1F80-\u1FB4"
        + @"\u1FB6-\u1FBC\u1FBE\u1FC2-\u1FC4\u1FC6-\u1FCC\u1FD0-\u1FD3\u1FD6-\u1FDB\u1FE0-\u1FEC\u1FF2-\u1FF4\u1FF6-\u1FFC"
        + @"\u2102\u2107\u210A-\u2113\u2115\u2119-\u211D\u2124\u2126\u2128\u212A-\u212D\u212F-\u2134\u2139\u213C-\u213F"
        + @"\u2145-\u2149\u214E\u2183\u2184\u2C00-\u2C7B\u2C7E-\u2CE4\u2CEB-\u2CEE\u2CF2\u2CF3\uA640-\uA66D\uA680-\uA69B"
        + @"\uA722-\uA76F\uA771-\uA787\uA78B-\uA78E\uAB70-\uABBF\uFB00-\uFB06\uFB13-\uFB17\uFF21-\uFF3A\uFF41-\uFF5A]+";
}
