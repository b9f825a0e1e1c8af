using System.Text;
using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>One merge of byte-level BPE: two pieces that become the next one.</summary>
/// <param name="Left">Id of the left piece.</param>
/// <param name="Right">Id of the right piece.</param>
public readonly record struct PieceMerge(int Left, int Right);

/// <summary>
/// Builds byte-level vocabularies (Radford et al. 2019): pieces 0 to 255 are the bytes in order, piece 256 + r is what merge r
/// makes, and the special pieces come last.
/// </summary>
public static class ByteLevelVocabulary
{
    /// <summary>Pieces that are bytes.</summary>
    public const int Bytes = 256;

    /// <summary>The vocabulary of a list of merges.</summary>
    /// <param name="merges">By rank; each names bytes or what earlier merges make.</param>
    /// <param name="special">Special pieces in order, the first of which begins and ends texts; may be empty.</param>
    /// <param name="preTokenizer">Name of the rule that cuts words, one of <see cref="Tokenizer.PreTokenizers"/>.</param>
    /// <param name="addBos">Whether texts begin with the first special piece.</param>
    /// <exception cref="ArgumentOutOfRangeException">A merge names a piece that is not there yet.</exception>
    /// <exception cref="ModelFileException">Two pieces are equal, or the name is not handled.</exception>
    public static Vocabulary Create(IReadOnlyList<PieceMerge> merges, IReadOnlyList<string> special, string preTokenizer, bool addBos)
    {
        ArgumentNullException.ThrowIfNull(merges);
        ArgumentNullException.ThrowIfNull(special);
        List<byte[]> pieces = [.. Enumerable.Range(0, Bytes).Select(value => Alphabet((byte)value))];
        PieceListBuilder rules = new(merges.Count), list = new(Bytes + merges.Count + special.Count);
        foreach (PieceMerge merge in merges)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(Math.Max(merge.Left, merge.Right), pieces.Count, nameof(merges));
            byte[] left = pieces[merge.Left], right = pieces[merge.Right];
            rules.Add([.. left, (byte)' ', .. right]);
            pieces.Add([.. left, .. right]);
        }
        pieces.AddRange(special.Select(Encoding.UTF8.GetBytes));
        pieces.ForEach(piece => list.Add(piece));
        int? end = special.Count > 0 ? Bytes + merges.Count : null;
        var vocabulary = new Vocabulary
        {
            Source = "trained vocabulary",
            Kind = VocabularyKind.ByteLevel,
            Pieces = list.Build(),
            Merges = rules.Build(),
            Types = [.. pieces.Select((_, id) => id < Bytes + merges.Count ? PieceType.Normal : PieceType.Control)],
            PreTokenizer = preTokenizer,
            Bos = end,
            Eos = end,
            AddBos = addBos && end is not null,
        };
        // Its checks are the ones that whoever reads the vocabulary back will make.
        _ = Tokenizer.Create(vocabulary);
        return vocabulary;
    }

    /// <summary>Cuts UTF-8 text into the words within which pieces merge.</summary>
    /// <param name="preTokenizer">Name of the rule, one of <see cref="Tokenizer.PreTokenizers"/>.</param>
    /// <returns>What appends the position after each word of a text; the last is the text's length.</returns>
    /// <exception cref="InputException">The name is not handled.</exception>
    public static Action<ReadOnlySpan<byte>, List<int>> Words(string preTokenizer)
    {
        if (!Tokenizer.PreTokenizers.Contains(preTokenizer))
        {
            throw new InputException($"the pre-tokenizer '{Names.Printable(preTokenizer)}' is not handled", "tokenizer training", $"use one of {string.Join(", ", Tokenizer.PreTokenizers)}");
        }
        PreTokenizer cut = PreTokenizerRule.For(new Vocabulary { Kind = VocabularyKind.ByteLevel, Pieces = PieceList.From([]), PreTokenizer = preTokenizer }).Make();
        return cut.Split;
    }

    /// <summary>A vocabulary as the metadata of a GGUF file, whose embedding has <paramref name="rows"/> rows.</summary>
    /// <exception cref="ModelFileException">It is larger than the embedding, or GGUF cannot say what it does.</exception>
    public static IReadOnlyList<(string Key, GgufValue Value)> ToGguf(Vocabulary vocabulary, int rows) => [.. new GgufVocabularyWriter(vocabulary).Write(rows)];

    static byte[] Alphabet(byte value)
    {
        byte[] buffer = new byte[2];
        return ByteAlphabet.Encode([value], ref buffer).ToArray();
    }
}
