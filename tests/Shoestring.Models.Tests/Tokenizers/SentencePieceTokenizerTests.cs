using System.Text;
using Shoestring.Tensors;

namespace Shoestring.Models.Tests;

public class SentencePieceTokenizerTests
{
    static readonly Tokenizer Tokenizer = Tokenizer.Create(SmallVocabularies.SentencePiece());

    [Theory]
    [InlineData("", new[] { 1 })]
    [InlineData("hello", new[] { 1, 268 })] // the prefix joins
    [InlineData("hell", new[] { 1, 267 })] // ll merges first, then ▁he, then both
    [InlineData("helo", new[] { 1, 265, 262, 264 })]
    [InlineData(" hello", new[] { 1, 259, 268 })]
    [InlineData("é", new[] { 1, 259, 3 + 0xC3, 3 + 0xA9 })]
    public void Encodes(string text, int[] expected) => Tokenizer.Encode(text).ShouldBe(expected);

    [Fact]
    public void Higher_scores_merge_first_and_the_leftmost_among_equals()
    {
        // "aaa": both pairs score the same, so the left one merges.
        Vocabulary vocabulary = SmallVocabularies.SentencePiece(("a", -5), ("aa", -1)) with { SpacePrefix = SpacePrefix.None };
        Tokenizer tokenizer = Tokenizer.Create(vocabulary);
        int a = tokenizer.Find("a")!.Value, aa = tokenizer.Find("aa")!.Value;
        tokenizer.Encode("aaa", addSpecial: false).ShouldBe([aa, a]);
    }

    [Fact]
    public void Special_pieces_count_only_where_they_are_parsed()
    {
        Tokenizer.Encode("</s>hello", addSpecial: false).ShouldBe([2, 268]);
        int[] plain = Tokenizer.Encode("</s>hello", addSpecial: false, parseSpecial: false);
        plain.ShouldNotContain(2);
        Tokenizer.Decode(plain).ShouldBe("</s>hello");
    }

    [Fact]
    public void Text_comes_back()
    {
        foreach (string text in new[] { "hello hello", "  two spaces", "naïve 🦙 中文", "tab\tnewline\n", "▁mark" })
            Tokenizer.Decode(Tokenizer.Encode(text)).ShouldBe(text.Replace('▁', ' '));
    }

    [Fact]
    public void Control_pieces_print_nothing_unless_asked()
    {
        Tokenizer.PieceBytes(2).Length.ShouldBe(0);
        Encoding.UTF8.GetString(Tokenizer.PieceBytes(2, special: true)).ShouldBe("</s>");
        Tokenizer.PieceText(2).ShouldBe("</s>");
        Tokenizer.PieceBytes(3 + 0xE2).ToArray().ShouldBe([0xE2]);
        Tokenizer.IsEndOfGeneration(2).ShouldBeTrue();
        Tokenizer.IsEndOfGeneration(268).ShouldBeFalse();
        Should.Throw<ArgumentOutOfRangeException>(() => Tokenizer.PieceBytes(-1).Length);
        Should.Throw<ArgumentOutOfRangeException>(() => Tokenizer.PieceBytes(Tokenizer.VocabularySize).Length);
    }

    [Fact]
    public void A_vocabulary_that_cannot_spell_is_refused()
    {
        var vocabulary = new Vocabulary { Kind = VocabularyKind.SentencePiece, Pieces = PieceList.From(["a", "b"]), Bos = 0, Source = "x.gguf" };
        ModelFileException error = Should.Throw<ModelFileException>(() => Tokenizer.Create(vocabulary));
        error.Message.ShouldStartWith("x.gguf: there is neither a piece <0x00> nor an unknown piece");
    }
}
