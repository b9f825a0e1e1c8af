using Shoestring.Tensors;

namespace Shoestring.Models.Tests;

public class SentencePieceModelTests
{
    [Fact]
    public void Reads_pieces_scores_and_types()
    {
        Vocabulary expected = SmallVocabularies.SentencePiece();
        Vocabulary vocabulary = SentencePieceModel.Parse(SmallVocabularies.Protobuf(expected), "t.model");
        vocabulary.Scores.ShouldBe(expected.Scores);
        vocabulary.Types.ShouldBe(expected.Types);
        Tokenizer.Create(vocabulary).Encode("hello helo").ShouldBe(Tokenizer.Create(expected).Encode("hello helo"));
        (vocabulary.Unknown, vocabulary.Bos, vocabulary.Eos, vocabulary.Padding).ShouldBe((0, 1, 2, null));
    }

    [Fact]
    public void Other_models_than_bpe_are_refused() =>
        Should.Throw<ModelFileException>(() => SentencePieceModel.Parse([], "t.model")).Message.ShouldContain("not BPE");

    [Fact]
    public void A_cut_file_is_refused() =>
        Should.Throw<ModelFileException>(() => SentencePieceModel.Parse(SmallVocabularies.Protobuf(SmallVocabularies.SentencePiece()).AsSpan(0, 100), "t.model"))
            .Message.ShouldContain("announced");
}
