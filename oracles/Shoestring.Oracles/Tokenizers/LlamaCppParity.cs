using Shoestring.LlamaCpp;
using Shoestring.Models;

namespace Shoestring.Oracles;

/// <summary>Ids and bytes against llama.cpp's for the same files.</summary>
public class LlamaCppParity
{
    public static TheoryData<string> Files => new(
        "models/stories15M-f16.gguf", "models/stories260K.gguf", "default/shoestring-interim-f16.gguf", "tokenizers/ggml-vocab-gpt-2.gguf",
        "tokenizers/ggml-vocab-llama-spm.gguf", "tokenizers/ggml-vocab-llama-bpe.gguf", "tokenizers/ggml-vocab-qwen2.gguf");

    [Theory]
    [MemberData(nameof(Files))]
    public void Texts_have_the_same_ids(string file)
    {
        string path = TestData.Find(file);
        using LlamaModel peer = LlamaModel.Load(path, vocabularyOnly: true);
        Tokenizer tokenizer = TokenizerFiles.Load(path);
        foreach (byte[] text in Texts.All())
            tokenizer.Encode(text).ShouldBe(peer.Tokenize(text), Convert.ToHexString(text));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Pieces_have_the_same_bytes(string file)
    {
        string path = TestData.Find(file);
        using LlamaModel peer = LlamaModel.Load(path, vocabularyOnly: true);
        Tokenizer tokenizer = TokenizerFiles.Load(path);
        tokenizer.VocabularySize.ShouldBe(peer.VocabularySize);
        tokenizer.AddBos.ShouldBe(peer.AddsBeginToken);
        for (int id = 0; id < tokenizer.VocabularySize; id++)
        {
            if (!tokenizer.PieceBytes(id, special: true).SequenceEqual(peer.Piece(id)))
                tokenizer.PieceBytes(id, special: true).ToArray().ShouldBe(peer.Piece(id), $"piece {id}");
        }
    }

    [Fact]
    public void A_whole_corpus_has_the_same_ids_under_TinyLlama()
    {
        string path = TestData.TinyLlama();
        byte[] text = File.ReadAllBytes(TestData.Find("corpora/wiki.test.raw"));
        using LlamaModel peer = LlamaModel.Load(path, vocabularyOnly: true);
        TokenizerFiles.Load(path).Encode(text).ShouldBe(peer.Tokenize(text));
    }

    /// <summary>Every handled name against llama.cpp, on the vocabulary of GPT-2 under that name.</summary>
    [Fact]
    public void Pre_tokenizers_cut_the_same_words()
    {
        string source = TestData.Find("tokenizers/ggml-vocab-gpt-2.gguf"), path = Path.GetTempFileName();
        try
        {
            foreach (string name in Tokenizer.PreTokenizers.Where(name => name is not ("gemma4" or "granite-embed-multi-311m" or "sarvam-moe")))
            {
                Rename(source, path, name);
                using LlamaModel peer = LlamaModel.Load(path, vocabularyOnly: true);
                Tokenizer tokenizer = TokenizerFiles.Load(path);
                foreach (byte[] text in Texts.All().Skip(700).Take(900))
                    tokenizer.Encode(text).ShouldBe(peer.Tokenize(text), $"{name}: {Convert.ToHexString(text)}");
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    static void Rename(string source, string path, string name)
    {
        using Shoestring.Tensors.GgufFile file = Shoestring.Tensors.GgufFile.Open(source);
        var metadata = file.Metadata.With("tokenizer.ggml.pre", Shoestring.Tensors.GgufValue.From(name));
        Shoestring.Tensors.GgufWriter.Create(path, metadata, []).Commit();
    }
}
