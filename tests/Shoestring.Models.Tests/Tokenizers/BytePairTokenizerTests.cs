using System.Text;
using Shoestring.Tensors;

namespace Shoestring.Models.Tests;

public class BytePairTokenizerTests
{
    static readonly Tokenizer Tokenizer = Tokenizer.Create(SmallVocabularies.ByteLevel("gpt-2", ["h e", "l l", "he ll", "hell o", "Ġ hello", "1 2"]));

    static int Id(string piece) => Tokenizer.Find(piece)!.Value;

    [Fact]
    public void Merges_by_rank_within_words()
    {
        Tokenizer.Encode("hello hello").ShouldBe([Id("hello"), Id("Ġhello")]);
        Tokenizer.Encode("hell 12").ShouldBe([Id("hell"), Id("Ġ"), Id("12")]);
    }

    [Fact]
    public void Any_bytes_come_back()
    {
        foreach (string text in new[] { "", " ", "naïve 🦙 中文\r\n\t", "\0\u007f\u00a0\u00ad" })
            Tokenizer.Decode(Tokenizer.Encode(text)).ShouldBe(text);
    }

    [Fact]
    public void Stray_bytes_count_as_replacement_characters() =>
        Tokenizer.Encode([(byte)'h', 0xFF, (byte)'e']).ShouldBe(Tokenizer.Encode("h\uFFFDe"));

    [Fact]
    public void The_longest_special_piece_wins()
    {
        Tokenizer.Encode("<|end|><|endoftext|>x").ShouldBe([Id("<|end|>"), Id("<|endoftext|>"), Id("x")]);
        Tokenizer.IsEndOfGeneration(Id("<|endoftext|>")).ShouldBeTrue();
        Tokenizer.IsEndOfGeneration(Id("<|end|>")).ShouldBeTrue();
        Tokenizer.PieceBytes(Id("<|end|>")).Length.ShouldBe(0);
    }

    [Fact]
    public void Words_that_are_pieces_are_taken_whole_only_where_the_rule_says_so()
    {
        // "ell" is a piece, but no merge makes it.
        Vocabulary gpt2 = SmallVocabularies.ByteLevel("gpt-2", ["l l"], "ell"), llama3 = gpt2 with { PreTokenizer = "llama-bpe", AddBos = false };
        Tokenizer.Create(gpt2).Encode("ell").Length.ShouldBe(2);
        Tokenizer.Create(llama3).Encode("ell").Length.ShouldBe(1);
    }

    [Theory]
    [InlineData("gpt-2", "it's 'RE 2024  ok\n\n x", "it|'s| '|RE| 2024| | ok|\n\n| x")]
    [InlineData("llama-bpe", "it'S 20245  ok!\n\n x", "it|'S| |202|45| | ok|!\n\n| x")]
    [InlineData("qwen2", "it's 12  ok \n x\t", "it|'s| |1|2| | ok| \n| x|\t")]
    [InlineData("qwen2", "𝔘𐐀1𠀀 🦙🦙é\u0301x", "𝔘𐐀|1|𠀀| 🦙🦙|é|\u0301x")]
    [InlineData("gpt-2", "𝔘𐐀1𠀀 🦙🦙", "𝔘𐐀|1|𠀀| 🦙🦙")]
    [InlineData("qwen35", "e\u0301x", "e\u0301x")]
    [InlineData("ufakzeka", "it's", "it|'s")]
    [InlineData("falcon", "a 12345 𠀀🦙.", "a| |123|45| 𠀀|🦙|.")]
    [InlineData("deepseek-v3", "你好1234ab", "你好|123|4|ab")]
    [InlineData("superbpe", "a12345", "a|12|345")]
    [InlineData("afmoe", "a 1234567", "a| |1|234|567")]
    [InlineData("tekken", "HelloWorld 12", "Hello|World| |1|2")]
    public void Words(string name, string text, string expected)
    {
        var ends = new List<int>();
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        PreTokenizerRule.For(SmallVocabularies.ByteLevel(name, [])).Make().Split(bytes, ends);
        int start = 0;
        string.Join('|', ends.Select(end => Encoding.UTF8.GetString(bytes, start, -start + (start = end)))).ShouldBe(expected);
    }

    [Fact]
    public void Every_handled_name_cuts_text_without_loss()
    {
        byte[] text = Encoding.UTF8.GetBytes("Hello it's 2024 — 中文字 한국어 🦙 𝔘 \r\n\t x_1.5e3\u3000end  ");
        PreTokenizerRule.HandledNames.Distinct().Count().ShouldBe(PreTokenizerRule.HandledNames.Count);
        foreach (string name in PreTokenizerRule.HandledNames)
        {
            bool characters = name is "gemma4" or "granite-embed-multi-311m" or "sarvam-moe";
            Vocabulary vocabulary = SmallVocabularies.ByteLevel(name, []) with { Kind = characters ? VocabularyKind.ByteFallback : VocabularyKind.ByteLevel };
            var ends = new List<int>();
            PreTokenizerRule.For(vocabulary).Make().Split(text, ends);
            ends[^1].ShouldBe(text.Length, name);
            ends.Zip(ends.Skip(1)).ShouldAllBe(pair => pair.First < pair.Second, name);
        }
    }

    [Theory]
    [InlineData("whitespace")]
    [InlineData("tiny_aya")]
    [InlineData("nonsense")]
    public void Other_names_are_refused_by_name(string name) =>
        Should.Throw<ModelFileException>(() => Tokenizer.Create(SmallVocabularies.ByteLevel(name, []))).Message.ShouldContain($"'{name}'");

    [Fact]
    public void Contradictions_are_refused()
    {
        Vocabulary good = SmallVocabularies.ByteLevel("gpt-2", []);
        Vocabulary[] wrong =
        [
            good with { Bos = 100000 },
            good with { Eos = -1 },
            good with { AddBos = true, Bos = null },
            good with { AddEos = true, Eos = null },
            good with { Types = [PieceType.Normal] },
            good with { Scores = [1] },
            good with { Merges = PieceList.From(["ab"]) },
            good with { Merges = PieceList.From(["a "]) },
            good with { Pieces = PieceList.From(["a", "a"]), Types = [] },
            good with { Pieces = PieceList.From([]), Types = [] },
        ];
        foreach (Vocabulary vocabulary in wrong)
            Should.Throw<ModelFileException>(() => Tokenizer.Create(vocabulary)).Message.ShouldStartWith("small.json: ");
    }

    [Fact]
    public void A_megabyte_without_a_break_takes_no_quadratic_time()
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        Tokenizer.Encode(new string('l', 1 << 20)).Length.ShouldBe(1 << 19);
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(20));
    }
}
