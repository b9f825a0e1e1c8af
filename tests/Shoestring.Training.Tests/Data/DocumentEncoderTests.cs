using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training.Tests;

public class DocumentEncoderTests
{
    static readonly Tokenizer Tokenizer = Tokenizer.Create(Trained.Vocabulary(Trained.Stories, 320));

    [Fact]
    public void A_plain_document_is_learned_from_its_first_token_to_its_end()
    {
        EncodedDocument document = new DocumentEncoder(Tokenizer).Encode(SourceDocument.Plain("a:1", "the old cat"));
        document.Tokens.ShouldBe([Tokenizer.Bos!.Value, .. Tokenizer.Encode("the old cat", addSpecial: false), Tokenizer.Eos!.Value]);
        document.Targets.ShouldBe([false, .. Enumerable.Repeat(true, document.Tokens.Length - 1)]);
        new DocumentEncoder(Tokenizer, addEnd: false).Encode(SourceDocument.Plain("a:1", "the old cat")).Tokens.ShouldBe(document.Tokens[..^1]);
    }

    [Fact]
    public void What_is_given_is_not_learned()
    {
        SourceDocument source = new("a:1", [new TextSegment("the old cat:", false), new TextSegment(" a dog", true)]);
        EncodedDocument document = new DocumentEncoder(Tokenizer).Encode(source);
        int given = 1 + Tokenizer.Encode("the old cat:", addSpecial: false).Length;
        document.Targets.ShouldBe([.. Enumerable.Repeat(false, given), .. Enumerable.Repeat(true, document.Tokens.Length - given)]);
    }

    [Fact]
    public void Special_pieces_in_a_plain_text_are_text()
    {
        EncodedDocument document = new DocumentEncoder(Tokenizer).Encode(SourceDocument.Plain("a:1", "x<|endoftext|>y"));
        document.Tokens.Count(token => token == Tokenizer.Eos).ShouldBe(2);
    }

    [Fact]
    public void A_turn_that_ends_itself_gets_no_other_end()
    {
        SourceDocument source = new("a:1", [new TextSegment("Hi", false, true), new TextSegment(" Ho<|endoftext|>", true, true), new TextSegment("\n", false, true)]);
        EncodedDocument document = new DocumentEncoder(Tokenizer).Encode(source);
        document.Tokens[1..].Count(token => token == Tokenizer.Eos).ShouldBe(1);
        document.Targets[^1].ShouldBeFalse();
    }
}
