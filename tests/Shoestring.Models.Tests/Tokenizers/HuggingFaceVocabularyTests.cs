using System.Text;
using Shoestring.Tensors;

namespace Shoestring.Models.Tests;

public class HuggingFaceVocabularyTests
{
    /// <summary>Byte-level BPE over a, b, c and the space.</summary>
    public const string ByteLevel = """
        {"added_tokens":[{"id":6,"content":"<s>","special":true},{"id":7,"content":"  ","special":false},{"id":8,"content":"<x>","special":true,"rstrip":true}],
         "normalizer":{"type":"NFC"},
         "pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"use_regex":true},
         "post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}]},
         "model":{"type":"BPE","vocab":{"a":0,"b":1,"c":2,"Ġ":3,"ab":4,"Ġab":5},"merges":["a b",["Ġ","ab"]]}}
        """;

    /// <summary>Llama 2's form: BPE over characters, spaces as U+2581, byte pieces.</summary>
    static readonly string Spaced = """
        {"added_tokens":[{"id":0,"content":"<unk>","special":true},{"id":1,"content":"<s>","special":true}],
         "normalizer":{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},"content":"▁"}]},
         "pre_tokenizer":null,
         "model":{"type":"BPE","byte_fallback":true,"unk_token":"<unk>","vocab":{"<unk>":0,"<s>":1,"▁":2,"a":3,"b":4,"ab":5,"▁ab":6BYTES},"merges":["a b","▁ ab"]}}
        """.Replace("BYTES", string.Concat(Enumerable.Range(0, 256).Select(b => $",\"<0x{b:X2}>\":{7 + b}")));

    const string Config = """{"bos_token":{"content":"<s>"},"eos_token":"<x>","chat_template":[{"name":"default","template":"T"}]}""";

    static Tokenizer Read(string json, string? config = null) => Tokenizer.Create(
        HuggingFaceVocabulary.Parse(Encoding.UTF8.GetBytes(json), config is null ? null : Encoding.UTF8.GetBytes(config), null, "t.json"));

    [Fact]
    public void Byte_level_pieces_merge_and_special_ones_are_known()
    {
        Tokenizer tokenizer = Read(ByteLevel, Config);
        tokenizer.Encode("ab ab").ShouldBe([6, 4, 5]);
        tokenizer.Encode("a  b", addSpecial: false).ShouldBe([0, 7, 1]);
        tokenizer.Encode("<x>  ab", addSpecial: false).ShouldBe([8, 7, 4]);
        tokenizer.Encode("<x> ab", addSpecial: false).ShouldBe([8, 4]); // rstrip
        (tokenizer.Bos, tokenizer.Eos, tokenizer.ChatTemplate, tokenizer.AddBos, tokenizer.AddEos).ShouldBe((6, 8, "T", true, false));
        tokenizer.Decode([4, 7, 5]).ShouldBe("ab   ab");
    }

    [Fact]
    public void Spaced_pieces_merge_and_the_rest_is_spelled_in_bytes()
    {
        Tokenizer tokenizer = Read(Spaced, """{"bos_token":"<s>","unk_token":"<unk>"}""");
        tokenizer.Encode("ab ab").ShouldBe([6, 6]);
        tokenizer.Encode("aé").ShouldBe([2, 3, 7 + 0xC3, 7 + 0xA9]);
        tokenizer.Encode("<s>ab").ShouldBe([1, 6]);
        tokenizer.Decode([6, 6]).ShouldBe("ab ab");
    }

    [Theory]
    [InlineData("first", new[] { 6, 1, 5 })]
    [InlineData("always", new[] { 6, 1, 6 })]
    [InlineData("never", new[] { 5, 1, 5 })]
    public void Metaspace_puts_the_space_where_its_scheme_says(string scheme, int[] expected)
    {
        int start = Spaced.IndexOf("\"normalizer\"", StringComparison.Ordinal), end = Spaced.IndexOf("\"model\"", StringComparison.Ordinal);
        string metaspace = $$"""{{Spaced[..start]}}"pre_tokenizer":{"type":"Metaspace","replacement":"▁","prepend_scheme":"{{scheme}}","split":false},{{Spaced[end..]}}""";
        Read(metaspace).Encode("ab<s>ab").ShouldBe(expected);
    }

    [Fact]
    public void A_split_by_expression_cuts_words()
    {
        string json = ByteLevel.Replace("""{"type":"ByteLevel","add_prefix_space":false,"use_regex":true}""",
            """{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"a|[^a]+"},"behavior":"Isolated","invert":false},{"type":"ByteLevel","use_regex":false}]}""");
        Read(json).Encode("ab", addSpecial: false).ShouldBe([0, 1]);
    }

    [Theory]
    [InlineData("\"BPE\"", "\"Unigram\"", "'Unigram' is not handled")]
    [InlineData("\"NFC\"", "\"Lowercase\"", "'Lowercase' is not handled")]
    [InlineData("\"NFC\"", "\"NFKC\"", "'NFKC' is not handled")]
    [InlineData("\"pre_tokenizer\":{\"type\":\"ByteLevel\"", "\"pre_tokenizer\":{\"type\":\"Whitespace\"", "'Whitespace' is not handled")]
    [InlineData("\"a\":0", "\"a\":1", "id 1 is both")]
    [InlineData("\"a\":0", "\"a\":-1", "expected 0 to")]
    [InlineData("\"a\":0", "\"a\":1e9", "expected 0 to")]
    [InlineData("\"a\":0", "\"a\":9999999", "ids up to 9999999")]
    [InlineData("\"a b\"", "\"ab\"", "is not two pieces")]
    [InlineData("\"a b\"", "[\"a\"]", "has 1 parts")]
    [InlineData("\"a b\"", "7", "expected a string")]
    [InlineData("\"vocab\"", "\"vocap\"", "no 'vocab'")]
    [InlineData("\"rstrip\":true", "\"single_word\":true", "single word")]
    [InlineData("{\"added", "{{\"added", "not sound JSON")]
    public void Faults_are_named(string found, string replacement, string message)
    {
        string json = ByteLevel.Replace(found, replacement);
        json.ShouldNotBe(ByteLevel);
        Should.Throw<ModelFileException>(() => Read(json)).Message.ShouldContain(message);
    }

    [Fact]
    public void Deep_nesting_is_refused() =>
        Should.Throw<ModelFileException>(() => Read(new string('[', 100000))).Message.ShouldContain("not sound JSON");

    [Fact]
    public void A_folder_without_a_tokenizer_is_refused()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("shoestring-");
        try
        {
            Should.Throw<ModelFileException>(() => TokenizerFiles.Load(folder.FullName)).Message.ShouldContain("no tokenizer.json");
            File.WriteAllText(Path.Combine(folder.FullName, "tokenizer.json"), ByteLevel);
            TokenizerFiles.Load(folder.FullName).VocabularySize.ShouldBe(9);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
