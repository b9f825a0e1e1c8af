using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>Refuses vocabularies that contradict themselves, before anything is built on them.</summary>
static class VocabularyCheck
{
    /// <summary>The largest vocabulary that is believed; today's largest models have about 262,000 pieces.</summary>
    public const int MaximumPieces = 1 << 24;

    public static void Check(Vocabulary vocabulary)
    {
        int count = vocabulary.Pieces.Count;
        if (count is 0 or > MaximumPieces)
            throw Wrong(vocabulary, $"the vocabulary has {count} pieces, expected 1 to {MaximumPieces}");
        if (vocabulary.Scores.Length != 0 && vocabulary.Scores.Length < count)
            throw Wrong(vocabulary, $"{vocabulary.Scores.Length} scores for {count} pieces");
        if (vocabulary.Types.Length != 0 && vocabulary.Types.Length < count)
            throw Wrong(vocabulary, $"{vocabulary.Types.Length} piece types for {count} pieces");
        CheckId(vocabulary, "begin-of-text", vocabulary.Bos);
        CheckId(vocabulary, "end-of-text", vocabulary.Eos);
        CheckId(vocabulary, "end-of-turn", vocabulary.Eot);
        CheckId(vocabulary, "unknown", vocabulary.Unknown);
        CheckId(vocabulary, "padding", vocabulary.Padding);
        if (vocabulary.AddEos == true && vocabulary.Eos is null)
            throw Wrong(vocabulary, "text is to end with the end-of-text piece, but none is named");
    }

    /// <summary>Refuses to begin texts with a piece that is not there.</summary>
    public static bool CheckedAddBos(Vocabulary vocabulary, bool byDefault)
    {
        bool add = vocabulary.AddBos ?? byDefault;
        if (add && vocabulary.Bos is null)
            throw Wrong(vocabulary, "text is to begin with the begin-of-text piece, but none is named");
        return add;
    }

    public static ModelFileException Wrong(Vocabulary vocabulary, string what) =>
        new(Names.OneLine(what), vocabulary.Source, "convert the model again or take another file");

    static void CheckId(Vocabulary vocabulary, string role, int? id)
    {
        if (id is { } value && (uint)value >= (uint)vocabulary.Pieces.Count)
            throw Wrong(vocabulary, $"the {role} piece is {value}, but there are {vocabulary.Pieces.Count} pieces");
    }
}
