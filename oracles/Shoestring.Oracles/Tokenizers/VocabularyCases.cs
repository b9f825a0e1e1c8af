using Shoestring.Models;

namespace Shoestring.Oracles;

/// <summary>llama.cpp's own test cases: texts between marks, and ids a line, without the begin-of-text piece.</summary>
public class VocabularyCases
{
    [Theory]
    [InlineData("gpt-2")]
    [InlineData("llama-spm")]
    [InlineData("llama-bpe")]
    [InlineData("qwen2")]
    public void Every_case_has_its_ids(string name)
    {
        string path = TestData.Find($"tokenizers/ggml-vocab-{name}.gguf");
        string[] texts = File.ReadAllText(path + ".inp").Split("\n__ggml_vocab_test__\n");
        string[] expected = File.ReadAllLines(path + ".out");
        expected.Length.ShouldBeGreaterThanOrEqualTo(45);
        Tokenizer tokenizer = TokenizerFiles.Load(path);
        for (int i = 0; i < expected.Length; i++)
            string.Join(' ', tokenizer.Encode(texts[i], addSpecial: false, parseSpecial: false)).ShouldBe(expected[i].Trim(), $"case {i}");
    }

    [Theory]
    [InlineData("gpt2-hf", "ggml-vocab-gpt-2.gguf")]
    [InlineData("llama2_tokenizer.model", "ggml-vocab-llama-spm.gguf")]
    public void Another_form_of_the_file_gives_the_same_ids(string other, string vocabulary)
    {
        Tokenizer expected = TokenizerFiles.Load(TestData.Find($"tokenizers/{vocabulary}")), tokenizer = TokenizerFiles.Load(TestData.Find($"tokenizers/{other}"));
        foreach (byte[] text in Texts.All())
            tokenizer.Encode(text, addSpecial: false).ShouldBe(expected.Encode(text, addSpecial: false));
    }
}
