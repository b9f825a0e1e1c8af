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

    /// <summary>All 256 bytes in GPT-2's alphabet, what <paramref name="merges"/> make, <paramref name="more"/>, and two special pieces.</summary>
    public static Vocabulary ByteLevel(string preTokenizer, string[] merges, params string[] more)
    {
        string[] bytes = [.. Enumerable.Range(0, 256).Select(b => System.Text.Encoding.UTF8.GetString(Alphabet((byte)b)))];
        string[] pieces = [.. bytes, .. merges.Select(merge => merge.Replace(" ", "")), .. more, "<|end|>", "<|endoftext|>"];
        return new Vocabulary
        {
            Source = "small.json",
            Kind = VocabularyKind.ByteLevel,
            Pieces = PieceList.From(pieces),
            Types = [.. pieces.Select((_, id) => id < pieces.Length - 2 ? PieceType.Normal : PieceType.Control)],
            Merges = PieceList.From(merges),
            PreTokenizer = preTokenizer,
            Bos = pieces.Length - 1,
            Eos = pieces.Length - 1,
        };
    }

    /// <summary>The same as a SentencePiece model file.</summary>
    public static byte[] Protobuf(Vocabulary vocabulary)
    {
        var file = new List<byte>();
        for (int id = 0; id < vocabulary.Pieces.Count; id++)
        {
            byte[] piece = vocabulary.Pieces[id].ToArray();
            byte[] message = [0x0A, (byte)piece.Length, .. piece, 0x15, .. BitConverter.GetBytes(vocabulary.Scores[id]), 0x18, (byte)vocabulary.Types[id]];
            file.AddRange([0x0A, (byte)message.Length, .. message]);
        }
        file.AddRange([0x12, 2, 0x18, 2]); // trainer_spec { model_type: BPE }
        return [.. file];
    }

    static byte[] Alphabet(byte value)
    {
        byte[] buffer = [];
        return ByteAlphabet.Encode([value], ref buffer).ToArray();
    }
}
