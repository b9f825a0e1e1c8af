using System.Text;
using Shoestring.Tensors;

namespace Shoestring.Models.Tests;

/// <summary>A vocabulary read back from GGUF cuts texts as its source does, or is refused.</summary>
public class VocabularyConversionTests
{
    static readonly string[] Texts =
    [
        "", " ", "ab", "ab ab", "a  b", "  abab cab", "<s>ab <x>  ab</s>", "hello hell he llo", " hello", "Hello, it's 1234 o'clock!\n\n\tOK\r\n", "naïve é 你好 🚀 \u0301",
        "aaaaaaa", "abcabcabc", "▁a▁b", "<0x41>", "[PAD9]", "\u0000\u001f", "bcbcabab abccba ab", "x<unk>y",
    ];

    [Fact]
    public void Scores_types_and_roles_of_SentencePiece_are_kept()
    {
        Vocabulary written = SmallVocabularies.SentencePiece(("▁h", -4.5f), ("lo", -2.5f)) with { Padding = 2, AddEos = true, SpacePrefix = SpacePrefix.None };
        Vocabulary distinct = written with { Pieces = PieceList.From(Enumerable.Range(0, written.Pieces.Count).Select(id => id == written.Pieces.Count - 2 ? "he" : written.Pieces.Text(id))) };
        Vocabulary read = Same(distinct);
        read.Scores[..distinct.Scores.Length].ShouldBe(distinct.Scores);
        read.Types.ShouldBe([.. distinct.Types, PieceType.Unused, PieceType.Unused]);
        (read.Bos, read.Eos, read.Unknown, read.Padding, read.AddBos, read.AddEos).ShouldBe((1, 2, 0, 2, true, true));
    }

    [Theory]
    [InlineData("gpt-2")]
    [InlineData("qwen2")]
    [InlineData("llama-bpe")]
    public void Merges_and_the_pre_tokenizer_s_name_are_kept(string name)
    {
        Vocabulary read = Same(SmallVocabularies.ByteLevel(name, ["a b", "ab c", "Ġ ab", "l l", "h e"], "hello"));
        read.PreTokenizer.ShouldBe(name);
    }

    [Theory]
    [InlineData(PreTokenizerPatterns.Gpt2, false, "gpt-2")]
    [InlineData(PreTokenizerPatterns.Gpt2Short, false, "gpt-2")]
    [InlineData(PreTokenizerPatterns.Llama3, true, "llama-bpe")]
    [InlineData(PreTokenizerPatterns.Llama3, false, "smaug-bpe")]
    [InlineData(PreTokenizerPatterns.Qwen2, false, "qwen2")]
    [InlineData(@"\p{N}|" + PreTokenizerPatterns.Gpt2, false, "starcoder")]
    public void Expressions_of_a_tokenizer_json_get_the_name_that_does_the_same(string pattern, bool whole, string name)
    {
        string[] patterns = pattern.StartsWith(@"\p{N}|'", StringComparison.Ordinal) ? [@"\p{N}", PreTokenizerPatterns.Gpt2] : [pattern];
        Vocabulary vocabulary = SmallVocabularies.ByteLevel("", ["a b", "Ġ ab", "ab c"]) with { PreTokenizer = null, PreTokenizerPatterns = patterns, IgnoreMerges = whole };
        Same(vocabulary).PreTokenizer.ShouldBe(name);
    }

    [Theory]
    [InlineData(@"\p{L}+", false)]
    [InlineData(PreTokenizerPatterns.Qwen2, true)]
    public void Expressions_without_a_name_are_refused(string pattern, bool whole) =>
        Refused(SmallVocabularies.ByteLevel("", ["a b"]) with { PreTokenizerPatterns = [pattern], IgnoreMerges = whole }).ShouldContain("no pre-tokenizer with a name");

    [Fact]
    public void Every_pattern_s_name_is_found_again()
    {
        foreach (string name in PreTokenizerPatterns.Names)
        {
            string found = PreTokenizerPatterns.NameOf(PreTokenizerPatterns.Of(name)!)!;
            PreTokenizerPatterns.Of(found).ShouldBe(PreTokenizerPatterns.Of(name));
        }
    }

    [Theory]
    [InlineData("▁ a|a b|▁a b|▁ ab", "▁,▁a,ab,▁ab")] // merged in other ways in the end: neighbours
    [InlineData("a b|b c|ab c|a bc", "ab,bc,abc")]
    [InlineData("l l|h e|he ll|▁ he|▁he ll|▁ hell", "ll,he,hell,▁he,▁hell")]
    public void Ranked_merges_become_scores(string merges, string pieces)
    {
        Vocabulary vocabulary = Spaced(merges.Split('|'), pieces.Split(','));
        Vocabulary read = Same(vocabulary);
        read.Kind.ShouldBe(VocabularyKind.SentencePiece);
    }

    [Fact]
    public void Ranked_merges_made_from_scores_become_scores_that_cut_every_text_alike()
    {
        ulong state = 7;
        for (int round = 0; round < 20; round++)
        {
            Vocabulary vocabulary = FromScores(ref state);
            Tokenizer source = Tokenizer.Create(vocabulary), read = Tokenizer.Create(RoundTrip(vocabulary, vocabulary.Pieces.Count + 5));
            for (int number = 0; number < 200; number++)
            {
                string text = string.Concat(Enumerable.Range(0, 30).Select(_ => "ab c"[(int)(Next(ref state) % 4)]));
                read.Encode(text).ShouldBe(source.Encode(text), text);
            }
        }
    }

    [Theory]
    [InlineData("a b|ab c", "ab,abc,bc", "is not merged from every two")] // bc is a piece, and a bc is no merge
    [InlineData("a b|b c|ab c|a bc|▁ ab", "ab,bc,abc", "is no piece")]
    [InlineData("a b|ab c|b c|a bc", "ab,bc,abc", "stand among others")]
    public void Merges_that_scores_cannot_say_are_refused(string merges, string pieces, string named) =>
        Refused(Spaced(merges.Split('|'), pieces.Split(','))).ShouldContain(named);

    [Fact]
    public void Words_cut_at_marks_need_pieces_within_words()
    {
        Vocabulary vocabulary = Spaced(["▁ a", "▁ b"], ["▁a", "▁b"]) with { PreTokenizerPatterns = ["▁[^▁]*"] };
        Same(vocabulary);
        Vocabulary across = Spaced(["▁ ▁", "▁ a"], ["▁▁", "▁a"]) with { PreTokenizerPatterns = ["▁[^▁]*"] };
        Refused(across).ShouldContain("reaches over words");
    }

    [Fact]
    public void What_only_some_texts_suffer_from_is_noted()
    {
        Vocabulary vocabulary = Spaced(["a b"], ["ab"]) with { SpacePrefix = SpacePrefix.First, SpacePrefixOnlyBeforeText = true, StripRight = new HashSet<int> { 1 } };
        var writer = new GgufVocabularyWriter(vocabulary);
        _ = writer.Write(vocabulary.Pieces.Count).ToArray();
        writer.Notes.Count.ShouldBe(3);
    }

    [Fact]
    public void Rows_without_a_piece_get_names_that_no_text_holds()
    {
        Vocabulary vocabulary = SmallVocabularies.ByteLevel("gpt-2", ["a b"], "", "[PAD262]");
        int count = vocabulary.Pieces.Count;
        Vocabulary read = RoundTrip(vocabulary, count + 3);
        read.Pieces.Count.ShouldBe(count + 3);
        Enumerable.Range(0, count + 3).Where(id => read.Type(id) == PieceType.Unused).ShouldBe([257, count, count + 1, count + 2]);
        Enumerable.Range(0, count + 3).Select(read.Pieces.Text).Distinct().Count().ShouldBe(count + 3);
    }

    [Fact]
    public void A_vocabulary_larger_than_the_embedding_is_refused()
    {
        Vocabulary vocabulary = SmallVocabularies.ByteLevel("gpt-2", ["a b"]);
        Should.Throw<ModelFileException>(() => new GgufVocabularyWriter(vocabulary).Write(200).ToArray()).Message.ShouldContain("259 pieces and the embedding has 200 rows");
    }

    /// <summary>Reads back what was written, and holds the ids of all texts against the source's.</summary>
    static Vocabulary Same(Vocabulary written)
    {
        Vocabulary read = RoundTrip(written, written.Pieces.Count + 2);
        Tokenizer source = Tokenizer.Create(written), target = Tokenizer.Create(read);
        (target.Bos, target.Eos, target.Unknown, target.Padding).ShouldBe((source.Bos, source.Eos, source.Unknown, source.Padding));
        foreach (string text in Texts)
        {
            foreach (bool special in (bool[])[true, false])
            {
                target.Encode(text, addSpecial: special).ShouldBe(source.Encode(text, addSpecial: special), text);
            }
            target.Decode(source.Encode(text)).ShouldBe(source.Decode(source.Encode(text)));
        }
        return read;
    }

    static Vocabulary RoundTrip(Vocabulary written, int rows) =>
        GgufVocabulary.Read(GgufMetadata.Of(new GgufVocabularyWriter(written).Write(rows)), "round trip");

    static string Refused(Vocabulary vocabulary)
    {
        string message = Should.Throw<ModelFileException>(() => new GgufVocabularyWriter(vocabulary).Write(vocabulary.Pieces.Count).ToArray()).Message;
        message.ShouldNotContain("\n");
        return message;
    }

    /// <summary>Llama 2's form in a tokenizer.json: special pieces, bytes, letters, and what merges make.</summary>
    static Vocabulary Spaced(string[] merges, string[] pieces)
    {
        string[] all = [.. ((string[])["<unk>", "<s>", "</s>", .. Enumerable.Range(0, 256).Select(b => $"<0x{b:X2}>"), "▁", "a", "b", "c", "h", "e", "l", "o", .. pieces]).Distinct()];
        return new Vocabulary
        {
            Source = "spaced.json",
            Kind = VocabularyKind.ByteFallback,
            Pieces = PieceList.From(all),
            Types = [.. all.Select((_, id) => id < 3 ? PieceType.Control : id < 259 ? PieceType.Byte : PieceType.Normal)],
            Merges = PieceList.From(merges),
            PreTokenizerPatterns = [],
            SpacePrefix = SpacePrefix.AfterSpecial,
            IgnoreMerges = false,
            Bos = 1,
            Unknown = 0,
        };
    }

    // As transformers makes merges of a SentencePiece model: every two pieces that spell a piece, by the piece's score.
    static Vocabulary FromScores(ref ulong state)
    {
        var pieces = new List<string>();
        for (int i = 0; i < 40; i++)
        {
            int length = 2 + (int)(Next(ref state) % 3);
            string piece = "";
            for (int j = 0; j < length; j++)
                piece += "ab▁c"[(int)(Next(ref state) % 4)];
            pieces.Add(piece);
        }
        string[] distinct = [.. pieces.Distinct()];
        HashSet<string> known = [.. distinct, "▁", "a", "b", "c"];
        string[] merges = [.. distinct.SelectMany(piece => Enumerable.Range(1, piece.Length - 1)
            .Where(at => known.Contains(piece[..at]) && known.Contains(piece[at..])).Select(at => $"{piece[..at]} {piece[at..]}"))];
        return Spaced(merges, distinct);
    }

    static ulong Next(ref ulong state) => (state = (state * 6364136223846793005) + 1442695040888963407) >> 33;
}
