using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>
/// BPE by merge ranks (Sennrich et al. 2016, arXiv 1508.07909): over bytes in words that a pre-tokenizer cuts, as GPT-2 has
/// it, or over characters with spaces as U+2581 and byte pieces for what remains.
/// </summary>
sealed class BytePairTokenizer : Tokenizer
{
    readonly MergeTable merges;
    readonly PreTokenizer preTokenizer;
    readonly BytePieces bytePieces;
    readonly SpacedPieces? spaced;
    readonly byte[]?[] decoded;
    readonly bool ignoreMerges, wholeLineEnds;

    public BytePairTokenizer(Vocabulary vocabulary)
        : base(vocabulary)
    {
        PreTokenizerRule rule = PreTokenizerRule.For(vocabulary);
        AddBos = VocabularyCheck.CheckedAddBos(vocabulary, rule.AddBos);
        preTokenizer = rule.Make();
        wholeLineEnds = rule.WholeLineEnds;
        ignoreMerges = vocabulary.IgnoreMerges ?? rule.IgnoreMerges;
        merges = new MergeTable(vocabulary);
        bytePieces = new BytePieces(vocabulary, Index);
        decoded = new byte[vocabulary.Pieces.Count][];
        if (vocabulary.Kind == VocabularyKind.ByteFallback)
        {
            spaced = new SpacedPieces(vocabulary.Pieces);
            bytePieces.RequireComplete(vocabulary);
        }
    }

    public override bool AddBos { get; }

    private protected override SpacePrefix SpacePrefix => Vocabulary.SpacePrefix ?? SpacePrefix.None;

    private protected override void EncodeText(ReadOnlySpan<byte> text, bool spaceBefore, PairMerger merger, List<int> ids)
    {
        text = LenientUtf8.Repair(text);
        if (Vocabulary.SpacePrefixOnlyBeforeText && text is [(byte)' ', ..])
            spaceBefore = false;
        if (spaced is not null)
            text = SpacedPieces.Escape(text, spaceBefore);
        else if (spaceBefore)
            text = (byte[])[(byte)' ', .. text];
        var ends = new List<int>(text.Length / 4 + 1);
        preTokenizer.Split(text, ends);
        byte[] buffer = new byte[64];
        int start = 0;
        foreach (int end in ends)
        {
            ReadOnlySpan<byte> word = text[start..end];
            EncodeWord(spaced is null ? ByteAlphabet.Encode(word, ref buffer) : word, merger, ids);
            start = end;
        }
    }

    private protected override ReadOnlySpan<byte> TextBytes(int id)
    {
        if (spaced is null)
            return decoded[id] ??= ByteAlphabet.Decode(Vocabulary.Pieces[id]);
        return Type(id) == PieceType.Byte ? BytePieces.Value(Vocabulary.Pieces[id]) : spaced.Unescape(id);
    }

    void EncodeWord(ReadOnlySpan<byte> word, PairMerger merger, List<int> ids)
    {
        bool whole = ignoreMerges || (wholeLineEnds && word.IndexOfAnyExcept((byte)'\n') < 0);
        if (whole && Index.Find(word) is >= 0 and int wholeId)
        {
            ids.Add(wholeId);
            return;
        }
        merger.Merge(word, merges);
        int cursor = 0;
        while (merger.Next(ref cursor, out Range range))
        {
            int id = Index.Find(word[range]);
            if (id >= 0)
                ids.Add(id);
            else
                Spell(word[range], ids);
        }
    }

    void Spell(ReadOnlySpan<byte> symbol, List<int> ids)
    {
        if (spaced is not null)
        {
            bytePieces.Spell(symbol, ids);
            return;
        }
        for (; !symbol.IsEmpty;)
        {
            int length = Math.Min(symbol.Length, LenientUtf8.LengthByLead(symbol[0]));
            int id = Index.Find(symbol[..length]);
            ids.Add(id >= 0 ? id : Unknown ?? throw CannotSpell(symbol[..length]));
            symbol = symbol[length..];
        }
    }

    InputException CannotSpell(ReadOnlySpan<byte> character) =>
        VocabularyCheck.Wrong(Vocabulary, $"the vocabulary has no piece for the byte 0x{Convert.ToHexString(ByteAlphabet.Decode(character))} of the text");
}
