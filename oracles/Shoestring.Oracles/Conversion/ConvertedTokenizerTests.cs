using System.Text.Unicode;
using Shoestring.LlamaCpp;
using Shoestring.Models;
using Shoestring.Models.Tests;

namespace Shoestring.Oracles;

/// <summary>Real vocabularies, from tokenizer.json to GGUF: llama.cpp, the converted file and the folder itself give the same ids.</summary>
public class ConvertedTokenizerTests
{
    const string Llama3 = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    const string Qwen2 = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    [Theory]
    [InlineData("llama-spm", null, false)]
    [InlineData("gpt-2", Gpt2, false)]
    [InlineData("llama-bpe", Llama3, true)]
    [InlineData("qwen2", Qwen2, false)]
    public void Texts_have_the_same_ids_in_llama_cpp_in_the_file_and_in_the_folder(string name, string? pattern, bool wholeWords)
    {
        using GgufFile vocabulary = GgufFile.Open(TestData.Find($"tokenizers/ggml-vocab-{name}.gguf"));
        using SmallFolder folder = Folder(vocabulary.Metadata["tokenizer.ggml.tokens"].Count + 3); // rows to spare, as trained models have
        (string tokenizer, string config) = TokenizerJson.Of(vocabulary, pattern, wholeWords);
        folder.Write("tokenizer.json", tokenizer);
        folder.Write("tokenizer_config.json", config);
        Compare(folder.Path, TokenizerFiles.Load(vocabulary));
    }

    [Fact]
    public void GPT_2_s_own_tokenizer_json_converts()
    {
        using SmallFolder folder = Folder(50257);
        foreach (string file in Directory.GetFiles(TestData.Find("tokenizers/gpt2-hf")))
            folder.Write(Path.GetFileName(file), File.ReadAllText(file));
        Compare(folder.Path, TokenizerFiles.Load(TestData.Find("tokenizers/ggml-vocab-gpt-2.gguf")));
    }

    static void Compare(string folder, Tokenizer original)
    {
        using ConvertedModelFile converted = new(folder);
        using LlamaModel peer = LlamaModel.Load(converted.Path, vocabularyOnly: true);
        Tokenizer read = TokenizerFiles.Load(converted.Path), source = TokenizerFiles.Load(folder);
        peer.VocabularySize.ShouldBe(read.VocabularySize);
        peer.AddsBeginToken.ShouldBe(source.AddBos);
        foreach (byte[] text in Texts.All())
        {
            string named = Convert.ToHexString(text);
            int[] ids = read.Encode(text);
            peer.Tokenize(text).ShouldBe(ids, named);
            read.Encode(text, addSpecial: false).ShouldBe(original.Encode(text, addSpecial: false), named);

            // Hugging Face knows texts alone: what a stray byte becomes is each engine's own affair.
            if (Utf8.IsValid(text))
                source.Encode(text).ShouldBe(ids, named);
        }
    }

    // The smallest model that an embedding of so many rows fits.
    static SmallFolder Folder(int rows)
    {
        SmallFolder folder = new(SmallShape.Find("llama") with { Layers = 1, Width = 32, Heads = 1, KvHeads = 1, FeedForward = 32, Tied = true }, TensorFormat.F16);
        folder.Set("model.embed_tokens.weight", "F16", [rows, 32], new byte[rows * 32 * 2]);
        folder.Config["vocab_size"] = rows;
        return folder.Save();
    }
}
