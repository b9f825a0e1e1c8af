using System.Text;
using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>
/// Turns text into the ids that a model reads and ids back into bytes. Ids agree with llama.cpp's for the same model
/// file. Immutable: one instance serves all threads.
/// </summary>
public abstract class Tokenizer
{
    readonly SpecialPieces special;
    readonly PieceType[] types;
    readonly HashSet<int> ends;

    private protected Tokenizer(Vocabulary vocabulary)
    {
        VocabularyCheck.Check(vocabulary);
        Vocabulary = vocabulary;
        Index = new PieceIndex(vocabulary.Pieces, out int duplicate);
        if (duplicate >= 0)
            throw VocabularyCheck.Wrong(vocabulary, $"piece {duplicate}, '{Names.Printable(vocabulary.Pieces.Text(duplicate))}', occurs twice");
        types = new PieceType[vocabulary.Pieces.Count];
        for (int id = 0; id < types.Length; id++)
            types[id] = vocabulary.Type(id);
        var roles = SpecialRoles.Find(vocabulary, Index, types);
        (Eot, ends) = (roles.Eot, roles.Ends);
        special = new SpecialPieces(vocabulary, SpecialIds(), id => types[id] == PieceType.UserDefined);
    }

    private protected Vocabulary Vocabulary { get; }

    private protected PieceIndex Index { get; }

    /// <summary>Makes the tokenizer that <paramref name="vocabulary"/> describes.</summary>
    /// <exception cref="ModelFileException">It contradicts itself, or names a pre-tokenizer that is not handled.</exception>
    public static Tokenizer Create(Vocabulary vocabulary)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        return vocabulary.Kind switch
        {
            VocabularyKind.SentencePiece => new SentencePieceTokenizer(vocabulary),
            VocabularyKind.ByteLevel or VocabularyKind.ByteFallback => new BytePairTokenizer(vocabulary),
            _ => throw VocabularyCheck.Wrong(vocabulary, $"vocabulary kind {vocabulary.Kind} is not known"),
        };
    }

    /// <summary>The pre-tokenizer names of byte-level vocabularies (<c>tokenizer.ggml.pre</c>) that are handled.</summary>
    public static IReadOnlyList<string> PreTokenizers => PreTokenizerRule.HandledNames;

    /// <summary>Number of pieces; ids are 0 … this − 1.</summary>
    public int VocabularySize => Vocabulary.Pieces.Count;

    /// <summary>The id that begins a text.</summary>
    public int? Bos => Vocabulary.Bos;

    /// <summary>The id that ends a text.</summary>
    public int? Eos => Vocabulary.Eos;

    /// <summary>The id that ends a turn of a conversation.</summary>
    public int? Eot { get; }

    /// <summary>The id for what the vocabulary cannot spell.</summary>
    public int? Unknown => Vocabulary.Unknown;

    /// <summary>The id that fills unused places.</summary>
    public int? Padding => Vocabulary.Padding;

    /// <summary>Whether <see cref="Encode(string, bool, bool)"/> puts <see cref="Bos"/> first when special tokens are asked for.</summary>
    public abstract bool AddBos { get; }

    /// <summary>Whether it puts <see cref="Eos"/> last.</summary>
    public bool AddEos => Vocabulary.AddEos ?? false;

    /// <summary>Whether it puts a space before the text.</summary>
    public bool AddSpacePrefix => SpacePrefix != SpacePrefix.None;

    private protected abstract SpacePrefix SpacePrefix { get; }

    /// <summary>The model's Jinja chat template, if its file has one.</summary>
    public string? ChatTemplate => Vocabulary.ChatTemplate;

    /// <summary>The ids of <paramref name="text"/>.</summary>
    /// <param name="text">Any text; lone surrogates count as U+FFFD.</param>
    /// <param name="addSpecial">Whether to add the begin and end ids that the model wants.</param>
    /// <param name="parseSpecial">Whether control pieces that are spelled out in the text count as such, as in a prompt made
    /// by a chat template; false for text that is not to be trusted.</param>
    public int[] Encode(string text, bool addSpecial = true, bool parseSpecial = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Encode(Encoding.UTF8.GetBytes(text), addSpecial, parseSpecial);
    }

    /// <summary>The ids of <paramref name="text"/> in UTF-8; stray bytes are treated as llama.cpp treats them.</summary>
    /// <inheritdoc cref="Encode(string, bool, bool)"/>
    public int[] Encode(ReadOnlySpan<byte> text, bool addSpecial = true, bool parseSpecial = true)
    {
        var ids = new List<int>(text.Length / 3 + 2);
        if (addSpecial && AddBos)
            ids.Add(Bos!.Value);
        bool first = true, afterSpecial = true;
        var merger = new PairMerger();
        foreach (Fragment fragment in special.Split(text, parseSpecial))
        {
            if (fragment.Id >= 0)
                ids.Add(fragment.Id);
            else
                EncodeText(text[fragment.Start..fragment.End], WantsSpace(first, afterSpecial), merger, ids);
            afterSpecial = fragment.Id >= 0;
            first = false;
        }
        if (addSpecial && AddEos)
            ids.Add(Eos!.Value);
        return ids.ToArray();
    }

    /// <summary>
    /// The bytes that <paramref name="id"/> stands for; possibly part of a character, so print through a
    /// <see cref="Utf8StreamDecoder"/>. Control and unknown pieces are empty unless <paramref name="special"/> asks for them.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such id.</exception>
    public ReadOnlySpan<byte> PieceBytes(int id, bool special = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(id);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(id, VocabularySize);
        return types[id] switch
        {
            PieceType.Control or PieceType.Unknown => special ? Vocabulary.Pieces[id] : [],
            PieceType.UserDefined => Vocabulary.Pieces[id],
            PieceType.Normal or PieceType.Byte => TextBytes(id),
            _ => [],
        };
    }

    /// <summary>The text of <paramref name="ids"/>; what is not UTF-8 shows as U+FFFD.</summary>
    /// <param name="ids">Ids of this vocabulary.</param>
    /// <param name="special">Whether control pieces show.</param>
    /// <param name="continuation">Whether the ids go on from other text: then the first space is the text's own.</param>
    public string Decode(ReadOnlySpan<int> ids, bool special = false, bool continuation = false)
    {
        var bytes = new List<byte>(ids.Length * 4);
        bool strip = AddSpacePrefix && !continuation;
        foreach (int id in ids)
        {
            ReadOnlySpan<byte> piece = PieceBytes(id, special);
            bool isText = types[id] is PieceType.Normal or PieceType.Byte;
            if (strip && isText && !piece.IsEmpty && piece[0] == ' ')
                piece = piece[1..];
            if (isText || types[id] == PieceType.UserDefined)
                strip = false;
            bytes.AddRange(piece);
        }
        return Encoding.UTF8.GetString(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(bytes));
    }

    /// <summary>Whether a model that emits <paramref name="id"/> has said all: the end of text, turn or message.</summary>
    public bool IsEndOfGeneration(int id) => ends.Contains(id);

    /// <summary>Piece <paramref name="id"/> as text for people: special pieces by name, U+FFFD for parts of characters.</summary>
    public string PieceText(int id) => Encoding.UTF8.GetString(PieceBytes(id, special: true));

    /// <summary>The id of the piece stored as <paramref name="piece"/>, or null.</summary>
    public int? Find(string piece) => Index.Find(Encoding.UTF8.GetBytes(piece)) is >= 0 and int id ? id : null;

    /// <summary>What the piece's type is after the special roles were assigned.</summary>
    public PieceType Type(int id) => types[id];

    private protected abstract void EncodeText(ReadOnlySpan<byte> text, bool spaceBefore, PairMerger merger, List<int> ids);

    private protected abstract ReadOnlySpan<byte> TextBytes(int id);

    bool WantsSpace(bool first, bool afterSpecial) => SpacePrefix switch
    {
        SpacePrefix.AfterSpecial => afterSpecial,
        SpacePrefix.First => first,
        _ => false,
    };

    IEnumerable<int> SpecialIds()
    {
        for (int id = 0; id < types.Length; id++)
        {
            if (types[id] is PieceType.Control or PieceType.UserDefined or PieceType.Unknown)
                yield return id;
        }
    }
}
