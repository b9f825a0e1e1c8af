namespace Shoestring.Models.Tests;

/// <summary>Vocabularies that are small enough to check by hand.</summary>
static class SmallVocabularies
{
    /// <summary>Ids: 0 unknown, 1 begin, 2 end, 3…258 bytes, then a few pieces from 259, then <paramref name="more"/>.</summary>
    public static Vocabulary SentencePiece(params (string Piece, float Score)[] more)
    {
        (string, float)[] own =
        [
            ("▁", -9), ("h", -9), ("e", -9), ("l", -9), ("l" + "l", -2), ("o", -9), ("▁he", -3), ("▁h", -4), ("▁hell", -1), ("▁hello", -0.5f),
        ];
        (string Piece, float Score)[] pieces = [("<unk>", 0), ("<s>", 0), ("</s>", 0), .. Enumerable.Range(0, 256).Select(b => ($"<0x{b:X2}>", 0f)), .. own, .. more];
        return new Vocabulary
        {
            Kind = VocabularyKind.SentencePiece,
            Pieces = PieceList.From(pieces.Select(p => p.Piece)),
            Scores = [.. pieces.Select(p => p.Score)],
            Types = [.. pieces.Select((_, id) => id == 0 ? PieceType.Unknown : id < 3 ? PieceType.Control : id < 259 ? PieceType.Byte : PieceType.Normal)],
            Unknown = 0,
            Bos = 1,
            Eos = 2,
        };
    }
}
