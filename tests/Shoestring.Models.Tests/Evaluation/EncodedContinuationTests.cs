using Shoestring.Tensors;

namespace Shoestring.Models.Tests;

/// <summary>Where a context ends and its continuation begins, in tokens.</summary>
public sealed class EncodedContinuationTests
{
    const int Begin = 1, Space = 259, HelloId = 268;
    static readonly Tokenizer Spm = Tokenizer.Create(SmallVocabularies.SentencePiece());
    static readonly Tokenizer Bytes = Tokenizer.Create(SmallVocabularies.ByteLevel("gpt-2", []));
    static readonly Tokenizer Nothing = Tokenizer.Create(SmallVocabularies.ByteLevel("gpt-2", []) with { Bos = null, Eos = null });

    static EncodedContinuation Encode(Tokenizer tokenizer, string context, string text, int limit = 100) => EncodedContinuation.Encode(tokenizer, new(context, text), limit, "here");

    [Fact]
    public void Both_are_encoded_as_one_text_after_the_begin_token()
    {
        EncodedContinuation encoded = Encode(Spm, "hello", " hello");
        encoded.Tokens.ShouldBe([Begin, HelloId, HelloId]);
        (encoded.Given, encoded.Rows, encoded.FirstScoredRow, encoded.IsTruncated).ShouldBe((2, 2, 1, false));
    }

    [Fact]
    public void White_space_at_the_end_of_the_context_belongs_to_the_continuation()
    {
        EncodedContinuation moved = Encode(Spm, "hello ", "hello"), plain = Encode(Spm, "hello", " hello");
        moved.Tokens.ShouldBe(plain.Tokens);
        moved.Given.ShouldBe(plain.Given);
        Encode(Spm, " \n", "hello").Given.ShouldBe(1);
    }

    [Fact]
    public void A_piece_over_the_boundary_is_scored()
    {
        // "hell" is one piece, and so is "hello".
        EncodedContinuation encoded = Encode(Spm, "hell", "o");
        encoded.Tokens.ShouldBe([Begin, HelloId]);
        encoded.Given.ShouldBe(1);
    }

    [Fact]
    public void Without_a_context_the_begin_token_is_given()
    {
        EncodedContinuation encoded = Encode(Spm, "", "hello hello");
        encoded.Tokens.ShouldBe([Begin, HelloId, HelloId]);
        encoded.Given.ShouldBe(1);
    }

    [Fact]
    public void A_vocabulary_that_adds_no_begin_token_gets_one_only_without_a_context()
    {
        Bytes.AddBos.ShouldBeFalse();
        Encode(Bytes, "a", "b").Tokens.ShouldBe([.. Bytes.Encode("ab", addSpecial: false)]);
        Encode(Bytes, "", "b").Tokens.ShouldBe([Bytes.Bos!.Value, .. Bytes.Encode("b", addSpecial: false)]);
        Tokenizer endOnly = Tokenizer.Create(SmallVocabularies.ByteLevel("gpt-2", []) with { Bos = null });
        Encode(endOnly, "", "b").Tokens[0].ShouldBe(endOnly.Eos!.Value);
    }

    [Fact]
    public void Without_begin_and_end_tokens_the_first_token_is_given()
    {
        EncodedContinuation encoded = Encode(Nothing, "", "abc");
        (encoded.Tokens.Length, encoded.Given).ShouldBe((3, 1));
        Should.Throw<InputException>(() => Encode(Nothing, "", "a")).Message.ShouldStartWith("here: a text has no token");
    }

    [Fact]
    public void Special_pieces_that_are_spelled_out_are_text() => Encode(Spm, "", "<s>").Tokens.Count(token => token == Begin).ShouldBe(1);

    [Fact]
    public void What_is_too_long_is_cut_from_the_left()
    {
        EncodedContinuation whole = Encode(Bytes, "0123456789", "abc"), cut = Encode(Bytes, "0123456789", "abc", limit: 5), edge = Encode(Bytes, "0123456789", "abc", limit: 12);
        (cut.IsTruncated, cut.Rows, cut.Given).ShouldBe((true, 5, 3));
        cut.Tokens.ShouldBe(whole.Tokens[^6..]);
        edge.IsTruncated.ShouldBeFalse();
        // One token must stay to predict the first from.
        Encode(Bytes, "0123456789", "abc", limit: 3).Given.ShouldBe(1);
        Should.Throw<InputException>(() => Encode(Bytes, "0123456789", "abc", limit: 2)).Message.ShouldBe("here: a text to score has 3 tokens, the context 2 positions; give a larger --context or leave it out");
    }
}
