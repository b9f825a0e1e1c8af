using System.Text.Json;
using System.Text.RegularExpressions;

namespace Shoestring.Models;

/// <summary>What happens to text before pieces merge: "normalizer" and "pre_tokenizer" of a tokenizer.json.</summary>
sealed class HuggingFacePipeline
{
    readonly JsonView json;
    readonly List<string> patterns = [];
    bool byteLevel, spaced;

    public HuggingFacePipeline(JsonView json, JsonElement root)
    {
        this.json = json;
        if (json.Member(root, "normalizer") is { } normalizer)
            ReadNormalizer(normalizer);
        if (json.Member(root, "pre_tokenizer") is { } preTokenizer)
            ReadPreTokenizer(preTokenizer);
        if (byteLevel == spaced)
            throw json.Wrong("the tokenizer is neither byte-level BPE nor BPE with U+2581 for spaces");
        Kind = byteLevel ? VocabularyKind.ByteLevel : VocabularyKind.ByteFallback;
    }

    public VocabularyKind Kind { get; }

    public IReadOnlyList<string> Patterns => patterns;

    public SpacePrefix SpacePrefix { get; private set; }

    public bool SpacePrefixOnlyBeforeText { get; private set; }

    void ReadNormalizer(JsonElement element)
    {
        string type = Type(element);
        switch (type)
        {
            case "Sequence":
                foreach (JsonElement part in Parts(element, "normalizers"))
                    ReadNormalizer(part);
                break;
            case "NFC":
                break; // left out as in llama.cpp: text is nearly always composed already
            case "Prepend" when json.Text(element, "prepend") == "▁":
                SpacePrefix = SpacePrefix.AfterSpecial;
                break;
            case "Replace" when ReplacesSpaces(element):
                spaced = true;
                break;
            default:
                throw json.Wrong($"the normalizer '{Names.Printable(type)}' is not handled as it is used here");
        }
    }

    bool ReplacesSpaces(JsonElement element) =>
        json.Text(element, "content") == "▁" && json.Member(element, "pattern") is { } pattern && json.Text(pattern, "String") == " ";

    void ReadPreTokenizer(JsonElement element)
    {
        string type = Type(element);
        switch (type)
        {
            case "Sequence":
                foreach (JsonElement part in Parts(element, "pretokenizers"))
                    ReadPreTokenizer(part);
                break;
            case "ByteLevel":
                ReadByteLevel(element);
                break;
            case "Split":
                ReadSplit(element);
                break;
            case "Digits":
                patterns.Add(json.Flag(element, "individual_digits") == true ? @"\p{N}" : @"\p{N}+");
                break;
            case "Metaspace":
                ReadMetaspace(element);
                break;
            default:
                throw json.Wrong($"the pre-tokenizer '{Names.Printable(type)}' is not handled");
        }
    }

    void ReadByteLevel(JsonElement element)
    {
        byteLevel = true;
        if (json.Flag(element, "use_regex") ?? true)
            patterns.Add(PreTokenizerPatterns.Gpt2);
        if (json.Flag(element, "add_prefix_space") == true)
            (SpacePrefix, SpacePrefixOnlyBeforeText) = (SpacePrefix.AfterSpecial, true);
    }

    void ReadSplit(JsonElement element)
    {
        JsonElement pattern = json.Member(element, "pattern") ?? throw json.Wrong("a Split has no 'pattern'");
        string? literal = json.Text(pattern, "String");
        if (literal == " " && spaced)
            return; // no spaces are left after the normaliser
        string behavior = json.Text(element, "behavior") ?? "Isolated";
        bool invert = json.Flag(element, "invert") ?? false;
        if ((behavior, invert) is not (("Isolated", false) or ("Removed", true)))
            throw json.Wrong($"the Split behavior '{Names.Printable(behavior)}' with invert {invert} is not handled");
        patterns.Add(literal is not null ? Regex.Escape(literal)
            : json.Text(pattern, "Regex") ?? throw json.Wrong("a Split has neither a 'Regex' nor a 'String'"));
    }

    void ReadMetaspace(JsonElement element)
    {
        spaced = true;
        if (json.Text(element, "replacement") is { } replacement and not "▁")
            throw json.Wrong($"Metaspace replaces spaces by '{Names.Printable(replacement)}', expected U+2581");
        string scheme = json.Text(element, "prepend_scheme") ?? (json.Flag(element, "add_prefix_space") == false ? "never" : "always");
        SpacePrefixOnlyBeforeText = true;
        SpacePrefix = scheme switch
        {
            "always" => SpacePrefix.AfterSpecial,
            "first" => SpacePrefix.First,
            "never" => SpacePrefix.None,
            _ => throw json.Wrong($"the Metaspace prepend_scheme '{Names.Printable(scheme)}' is not known"),
        };
        if (json.Flag(element, "split") ?? true)
            patterns.Add("▁[^▁]*"); // each word with the mark before it
    }

    string Type(JsonElement element) => json.Text(element, "type") ?? throw json.Wrong("a step has no 'type'");

    IEnumerable<JsonElement> Parts(JsonElement element, string name) =>
        json.Items(json.Member(element, name) ?? throw json.Wrong($"a Sequence has no '{name}'"), name);
}
