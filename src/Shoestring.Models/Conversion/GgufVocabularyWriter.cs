using System.Text;
using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>
/// Writes a vocabulary as GGUF metadata (gguf.md, "Tokenizer"), so that what is read back cuts texts the same way. What GGUF
/// cannot say is refused where every text would suffer, and noted where only some would.
/// </summary>
sealed class GgufVocabularyWriter(Vocabulary vocabulary)
{
    const string Key = "tokenizer.ggml.";
    const string WordsByMark = "▁[^▁]*"; // what HuggingFacePipeline makes of Metaspace's split

    /// <summary>Lines for the user about texts that will be cut otherwise.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>The keys, with unused pieces up to <paramref name="rows"/> of the embedding.</summary>
    /// <exception cref="ModelFileException">The vocabulary is larger than the embedding, or GGUF cannot say what it does.</exception>
    public IEnumerable<(string Key, GgufValue Value)> Write(int rows)
    {
        Tokenizer tokenizer = Tokenizer.Create(vocabulary);
        if (vocabulary.Pieces.Count > rows)
        {
            throw new ModelFileException($"there are {vocabulary.Pieces.Count} pieces and the embedding has {rows} rows", vocabulary.Source, "fetch the tokenizer that belongs to the model");
        }
        bool byteLevel = vocabulary.Kind == VocabularyKind.ByteLevel;
        NoteWhatIsLost();
        yield return (Key + "model", GgufValue.From(byteLevel ? "gpt2" : "llama"));
        yield return (Key + "pre", GgufValue.From(byteLevel ? PreTokenizer() : "default"));
        yield return (Key + "tokens", Pieces(rows));
        if (!byteLevel)
        {
            float[] scores = Scores();
            yield return (Key + "scores", GgufValue.FromArray<float>([.. scores, .. Enumerable.Repeat(-(float)rows, rows - scores.Length)]));
        }
        yield return (Key + "token_type", GgufValue.FromArray<int>([.. Enumerable.Range(0, rows).Select(id => (int)Type(id))]));
        if (byteLevel)
        {
            yield return (Key + "merges", Strings(vocabulary.Merges ?? new PieceList(default, [])));
        }
        foreach ((string key, GgufValue value) in Roles(tokenizer, byteLevel))
        {
            yield return (key, value);
        }
    }

    /// <summary>A fault of a vocabulary that has no equal in GGUF.</summary>
    internal static ModelFileException Unsayable(Vocabulary vocabulary, string what) =>
        new(Names.OneLine(what), vocabulary.Source, "run the folder as it is: GGUF has no tokenizer that does the same");

    IEnumerable<(string Key, GgufValue Value)> Roles(Tokenizer tokenizer, bool byteLevel)
    {
        // Where a key is missing, readers take ids 0, 1 and 2 of a SentencePiece vocabulary: no piece has to be said.
        uint? otherwise = byteLevel ? null : uint.MaxValue;
        (string Role, uint? Id)[] roles =
        [
            ("bos", (uint?)vocabulary.Bos ?? otherwise), ("eos", (uint?)vocabulary.Eos ?? otherwise), ("unknown", (uint?)vocabulary.Unknown ?? otherwise),
            ("padding", (uint?)vocabulary.Padding), ("eot", (uint?)vocabulary.Eot),
        ];
        foreach ((string role, uint? id) in roles)
        {
            if (id is { } value)
            {
                yield return ($"{Key}{role}_token_id", GgufValue.From(value));
            }
        }
        yield return (Key + "add_bos_token", GgufValue.From(tokenizer.AddBos));
        yield return (Key + "add_eos_token", GgufValue.From(tokenizer.AddEos));
        yield return (Key + "add_space_prefix", GgufValue.From(tokenizer.AddSpacePrefix));
        if (vocabulary.ChatTemplate is { } template)
        {
            yield return ("tokenizer.chat_template", GgufValue.From(template));
        }
    }

    /// <summary>The name that GGUF has for how words are cut.</summary>
    string PreTokenizer()
    {
        bool whole = vocabulary.IgnoreMerges ?? false;
        string? name = vocabulary.PreTokenizerPatterns is { } patterns ? PreTokenizerRule.NameOf(patterns, whole) : vocabulary.PreTokenizer;
        return name ?? throw Unsayable(vocabulary, "no pre-tokenizer with a name cuts words as this one does");
    }

    float[] Scores()
    {
        if (vocabulary.Kind == VocabularyKind.SentencePiece)
        {
            return vocabulary.Scores.Length > 0 ? vocabulary.Scores[..vocabulary.Pieces.Count] : new float[vocabulary.Pieces.Count];
        }
        bool byMark = vocabulary.PreTokenizerPatterns is [WordsByMark];
        if (vocabulary.IgnoreMerges == true || !(byMark || vocabulary.PreTokenizerPatterns is null or []))
        {
            throw Unsayable(vocabulary, "words are cut by expressions, or taken whole, before pieces merge");
        }
        if (byMark && FirstAcrossWords() is >= 0 and int id)
        {
            throw Unsayable(vocabulary, $"piece '{vocabulary.Pieces.Text(id)}' reaches over words that are cut apart");
        }
        return MergeScores.Of(vocabulary);
    }

    /// <summary>A piece with a mark past its beginning, which no word of Metaspace's holds, or -1.</summary>
    int FirstAcrossWords()
    {
        for (int id = 0; id < vocabulary.Pieces.Count; id++)
        {
            if (vocabulary.Type(id) == PieceType.Normal && vocabulary.Pieces[id].LastIndexOf("▁"u8) > 0)
                return id;
        }
        return -1;
    }

    void NoteWhatIsLost()
    {
        if (vocabulary.StripLeft.Count + vocabulary.StripRight.Count > 0)
        {
            Notes.Add($"{vocabulary.StripLeft.Union(vocabulary.StripRight).Count()} special pieces swallow white space beside them; GGUF cannot say so, and it will stay in the text");
        }
        if (vocabulary.SpacePrefix == SpacePrefix.First)
        {
            Notes.Add("a space is put before the beginning of a text alone; by GGUF it comes after each special piece too");
        }
        if (vocabulary.SpacePrefix is not (null or SpacePrefix.None) && vocabulary.SpacePrefixOnlyBeforeText)
        {
            Notes.Add("no space is put before a text that begins with one; by GGUF it is");
        }
    }

    PieceType Type(int id) => id >= vocabulary.Pieces.Count || vocabulary.Pieces[id].IsEmpty ? PieceType.Unused : vocabulary.Type(id);

    /// <summary>The pieces; ids without one get a name of their own, since readers want names that differ.</summary>
    GgufValue Pieces(int rows)
    {
        var index = new PieceIndex(vocabulary.Pieces, out _);
        return GgufValue.FromUtf8([.. Enumerable.Range(0, rows).Select(id => (ReadOnlyMemory<byte>)Piece(id).ToArray())]);

        ReadOnlySpan<byte> Piece(int id)
        {
            if (id < vocabulary.Pieces.Count && !vocabulary.Pieces[id].IsEmpty)
                return vocabulary.Pieces[id];
            byte[] name = Encoding.UTF8.GetBytes(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"[PAD{id}]"));
            while (index.Find(name) >= 0)
                name = [.. name, (byte)'_'];
            return name;
        }
    }

    static GgufValue Strings(PieceList list) =>
        GgufValue.FromUtf8([.. Enumerable.Range(0, list.Count).Select(i => (ReadOnlyMemory<byte>)list[i].ToArray())]);
}
