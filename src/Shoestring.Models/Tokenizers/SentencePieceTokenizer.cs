using System.Globalization;

namespace Shoestring.Models;

/// <summary>
/// SentencePiece's BPE as llama.cpp runs it: spaces become U+2581, neighbours merge in the order of the result's score, and
/// what is no piece is spelled in byte pieces. Source: Kudo and Richardson 2018 (arXiv 1808.06226).
/// </summary>
sealed class SentencePieceTokenizer : Tokenizer
{
    readonly struct ScoreRule(PieceIndex index, uint[] ranks) : IPairRule
    {
        public bool TryRank(ReadOnlySpan<byte> pair, int split, out uint rank)
        {
            int id = index.Find(pair);
            rank = id < 0 ? 0 : ranks[id];
            return id >= 0;
        }
    }

    readonly ScoreRule rule;
    readonly BytePieces bytePieces;
    readonly SpacedPieces spaced;

    public SentencePieceTokenizer(Vocabulary vocabulary)
        : base(vocabulary)
    {
        AddBos = VocabularyCheck.CheckedAddBos(vocabulary, byDefault: true);
        rule = new ScoreRule(Index, Ranks(vocabulary));
        bytePieces = new BytePieces(vocabulary, Index);
        spaced = new SpacedPieces(vocabulary.Pieces);
        bytePieces.RequireComplete(vocabulary);
    }

    public override bool AddBos { get; }

    private protected override SpacePrefix SpacePrefix => Vocabulary.SpacePrefix ?? SpacePrefix.AfterSpecial;

    private protected override void EncodeText(ReadOnlySpan<byte> text, bool spaceBefore, PairMerger merger, List<int> ids)
    {
        ReadOnlySpan<byte> escaped = SpacedPieces.Escape(text, spaceBefore);
        merger.Merge(escaped, rule);
        int cursor = 0;
        while (merger.Next(ref cursor, out Range range))
        {
            int id = Index.Find(escaped[range]);
            if (id >= 0)
                ids.Add(id);
            else
                bytePieces.Spell(escaped[range], ids);
        }
    }

    private protected override ReadOnlySpan<byte> TextBytes(int id) =>
        Type(id) == PieceType.Byte ? BytePieces.Value(Vocabulary.Pieces[id]) : spaced.Unescape(id);

    /// <summary>Scores as integers in the opposite order: the highest score is the lowest rank.</summary>
    static uint[] Ranks(Vocabulary vocabulary)
    {
        var ranks = new uint[vocabulary.Pieces.Count];
        if (vocabulary.Scores.Length == 0)
            return ranks;
        for (int id = 0; id < ranks.Length; id++)
        {
            float score = vocabulary.Scores[id];
            if (float.IsNaN(score))
                throw VocabularyCheck.Wrong(vocabulary, string.Create(CultureInfo.InvariantCulture, $"the score of piece {id} is not a number"));
            uint bits = BitConverter.SingleToUInt32Bits(score + 0f);
            ranks[id] = (bits & 0x80000000) != 0 ? bits : ~bits & 0x7FFFFFFF;
        }
        return ranks;
    }
}
