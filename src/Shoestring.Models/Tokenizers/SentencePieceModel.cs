using System.Buffers.Binary;
using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>
/// Reads a SentencePiece model file (tokenizer.model): the protocol-buffer message ModelProto of google/sentencepiece,
/// src/sentencepiece_model.proto, of which pieces, scores, types, special ids and the space prefix are used.
/// </summary>
public static class SentencePieceModel
{
    const int BpeModel = 2;

    /// <summary>The vocabulary in <paramref name="bytes"/>.</summary>
    /// <exception cref="ModelFileException">They are damaged, or describe no BPE model.</exception>
    public static Vocabulary Parse(ReadOnlySpan<byte> bytes, string source)
    {
        var builder = new PieceListBuilder();
        var scores = new List<float>();
        var types = new List<PieceType>();
        int model = 1, unknown = 0, bos = 1, eos = 2, padding = -1;
        bool prefix = true;
        var message = new ProtobufReader(bytes, source);
        while (message.Next(out int field))
        {
            if (field == 1)
                ReadPiece(message.Message(), builder, scores, types);
            else if (field == 2)
                ReadTrainer(message.Message(), ref model, ref unknown, ref bos, ref eos, ref padding);
            else if (field == 3)
                prefix = ReadNormalizer(message.Message());
            else
                message.Skip();
        }
        if (model != BpeModel)
            throw new ModelFileException($"the SentencePiece model is of type {model}, not BPE ({BpeModel})", source, "take a model with a BPE tokenizer");
        return new Vocabulary
        {
            Source = source,
            Kind = VocabularyKind.SentencePiece,
            Pieces = builder.Build(),
            Scores = [.. scores],
            Types = [.. types],
            Unknown = Some(unknown),
            Bos = Some(bos),
            Eos = Some(eos),
            Padding = Some(padding),
            SpacePrefix = prefix ? SpacePrefix.AfterSpecial : SpacePrefix.None,
        };
    }

    static int? Some(int id) => id < 0 ? null : id;

    static void ReadPiece(ProtobufReader message, PieceListBuilder pieces, List<float> scores, List<PieceType> types)
    {
        ReadOnlySpan<byte> text = [];
        float score = 0;
        var type = PieceType.Normal;
        while (message.Next(out int field))
        {
            if (field == 1)
                text = message.Bytes();
            else if (field == 2)
                score = message.Single();
            else if (field == 3)
                type = message.Int32() is >= 1 and <= 6 and int value ? (PieceType)value : PieceType.Undefined;
            else
                message.Skip();
        }
        pieces.Add(text);
        scores.Add(score);
        types.Add(type);
    }

    static void ReadTrainer(ProtobufReader message, ref int model, ref int unknown, ref int bos, ref int eos, ref int padding)
    {
        while (message.Next(out int field))
        {
            if (field == 3)
                model = message.Int32();
            else if (field == 40)
                unknown = message.Int32();
            else if (field == 41)
                bos = message.Int32();
            else if (field == 42)
                eos = message.Int32();
            else if (field == 43)
                padding = message.Int32();
            else
                message.Skip();
        }
    }

    /// <summary>Whether a space is put before the text (add_dummy_prefix).</summary>
    static bool ReadNormalizer(ProtobufReader message)
    {
        bool prefix = true;
        while (message.Next(out int field))
        {
            if (field == 3)
                prefix = message.Int32() != 0;
            else
                message.Skip();
        }
        return prefix;
    }
}

/// <summary>Walks one protocol-buffer message (protobuf.dev, "Encoding"), within its bounds.</summary>
ref struct ProtobufReader(ReadOnlySpan<byte> bytes, string source)
{
    ReadOnlySpan<byte> rest = bytes;
    int wireType;

    /// <summary>Reads the next field's number; false at the end.</summary>
    public bool Next(out int field)
    {
        field = 0;
        if (rest.IsEmpty)
            return false;
        ulong key = Varint();
        wireType = (int)(key & 7);
        field = (int)Math.Min(key >> 3, int.MaxValue);
        return true;
    }

    public ReadOnlySpan<byte> Bytes()
    {
        Expect(2);
        ulong length = Varint();
        return Take(length);
    }

    public ProtobufReader Message() => new(Bytes(), source);

    public float Single()
    {
        Expect(5);
        return BinaryPrimitives.ReadSingleLittleEndian(Take(4));
    }

    public int Int32()
    {
        Expect(0);
        return unchecked((int)Varint());
    }

    public void Skip()
    {
        switch (wireType)
        {
            case 0:
                Varint();
                break;
            case 1:
                Take(8);
                break;
            case 2:
                Bytes();
                break;
            case 5:
                Take(4);
                break;
            default:
                throw Damaged($"a field has the wire type {wireType}");
        }
    }

    void Expect(int type)
    {
        if (wireType != type)
            throw Damaged($"a field has the wire type {wireType}, expected {type}");
    }

    ulong Varint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte part = Take(1)[0];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
                return value;
        }
        throw Damaged("a number has more than 64 bits");
    }

    ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)rest.Length)
            throw Damaged($"{count} bytes are announced and {rest.Length} are left");
        ReadOnlySpan<byte> taken = rest[..(int)count];
        rest = rest[(int)count..];
        return taken;
    }

    readonly ModelFileException Damaged(string what) => new($"not a SentencePiece model: {what}", source, "fetch the file again");
}
