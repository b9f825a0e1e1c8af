using System.Text;
using System.Text.Json;

namespace Shoestring.Models;

/// <summary>The pieces, their types and merges: "model" and "added_tokens" of a tokenizer.json.</summary>
sealed class HuggingFacePieces
{
    readonly JsonView json;
    readonly List<(int Id, string Text)> entries = [];
    readonly HashSet<int> stripLeft = [], stripRight = [];
    readonly Dictionary<int, PieceType> added = [];
    readonly Dictionary<int, string> addedText = [];

    public HuggingFacePieces(JsonView json, JsonElement root)
    {
        this.json = json;
        JsonElement model = json.Member(root, "model") ?? throw json.Wrong("there is no 'model'");
        RequirePlainBpe(model);
        ReadVocabulary(json.Member(model, "vocab") ?? throw json.Wrong("there is no 'vocab'"));
        if (json.Member(root, "added_tokens") is { } tokens)
            ReadAdded(tokens);
        (Pieces, Types) = Arrange(json.Flag(model, "byte_fallback") == true);
        Merges = ReadMerges(json.Member(model, "merges") ?? throw json.Wrong("there are no 'merges'"));
        IgnoreMerges = json.Flag(model, "ignore_merges") ?? false;
        UnknownText = json.Text(model, "unk_token");
    }

    public PieceList Pieces { get; }

    public PieceType[] Types { get; }

    public PieceList Merges { get; }

    public bool IgnoreMerges { get; }

    public string? UnknownText { get; }

    public IReadOnlySet<int> StripLeft => stripLeft;

    public IReadOnlySet<int> StripRight => stripRight;

    /// <summary>The id of that piece, or null.</summary>
    public int? Find(string text)
    {
        foreach ((int id, string content) in addedText)
        {
            if (content == text)
                return id;
        }
        int index = entries.FindIndex(entry => entry.Text == text);
        return index < 0 ? null : entries[index].Id;
    }

    void RequirePlainBpe(JsonElement model)
    {
        string type = json.Text(model, "type") ?? "BPE";
        if (type != "BPE")
            throw json.Wrong($"the tokenizer model '{Names.Printable(type)}' is not handled, only BPE");
        foreach (string name in (string[])["continuing_subword_prefix", "end_of_word_suffix"])
        {
            if (json.Text(model, name) is { Length: > 0 } affix)
                throw json.Wrong($"'{name}' is '{Names.Printable(affix)}', which is not handled");
        }
    }

    void ReadVocabulary(JsonElement vocabulary)
    {
        if (vocabulary.ValueKind != JsonValueKind.Object)
            throw json.Wrong($"'vocab' is {vocabulary.ValueKind}, expected an object");
        foreach (JsonProperty property in vocabulary.EnumerateObject())
        {
            string name = Name(property);
            entries.Add((json.Id(property.Value, name), name));
        }
    }

    string Name(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            throw json.Wrong("the vocabulary holds a piece that is not text");
        }
    }

    void ReadAdded(JsonElement tokens)
    {
        foreach (JsonElement token in json.Items(tokens, "added_tokens"))
        {
            string text = json.Text(token, "content") ?? throw json.Wrong("an added token has no 'content'");
            int id = json.Id(json.Member(token, "id") ?? throw json.Wrong($"added token '{Names.Printable(text)}' has no id"), text);
            if (json.Flag(token, "single_word") == true)
                throw json.Wrong($"added token '{Names.Printable(text)}' counts only as a single word, which is not handled");
            added[id] = json.Flag(token, "special") == true ? PieceType.Control : PieceType.UserDefined;
            addedText[id] = text;
            if (json.Flag(token, "lstrip") == true)
                stripLeft.Add(id);
            if (json.Flag(token, "rstrip") == true)
                stripRight.Add(id);
        }
    }

    (PieceList Pieces, PieceType[] Types) Arrange(bool byteFallback)
    {
        int count = 1 + entries.Select(entry => entry.Id).Concat(addedText.Keys).DefaultIfEmpty(-1).Max();
        if (count == 0 || count > (4L * (entries.Count + addedText.Count)) + 65536)
            throw json.Wrong($"{entries.Count + addedText.Count} pieces have ids up to {count - 1}");
        var texts = new string?[count];
        foreach ((int id, string text) in entries)
        {
            if (texts[id] is { } other)
                throw json.Wrong($"id {id} is both '{Names.Printable(other)}' and '{Names.Printable(text)}'");
            texts[id] = text;
        }
        foreach ((int id, string text) in addedText)
            texts[id] = text;
        var types = new PieceType[count];
        var builder = new PieceListBuilder(count);
        for (int id = 0; id < count; id++)
        {
            types[id] = Type(id, texts[id], byteFallback);
            builder.Add(Encoding.UTF8.GetBytes(texts[id] ?? ""));
        }
        return (builder.Build(), types);
    }

    PieceType Type(int id, string? text, bool byteFallback) => text switch
    {
        null or "" => PieceType.Unused,
        _ when added.TryGetValue(id, out PieceType type) => type,
        ['<', '0', 'x', _, _, '>'] when byteFallback => PieceType.Byte,
        _ => PieceType.Normal,
    };

    PieceList ReadMerges(JsonElement merges)
    {
        var builder = new PieceListBuilder(merges.ValueKind == JsonValueKind.Array ? merges.GetArrayLength() : 0);
        foreach (JsonElement merge in json.Items(merges, "merges"))
            builder.Add(Encoding.UTF8.GetBytes(merge.ValueKind == JsonValueKind.Array ? Pair(merge) : json.Value(merge, "merges")));
        return builder.Build();
    }

    string Pair(JsonElement merge) => merge.GetArrayLength() == 2
        ? $"{json.Value(merge[0], "merges")} {json.Value(merge[1], "merges")}"
        : throw json.Wrong($"a merge has {merge.GetArrayLength()} parts, expected 2");
}
