using System.Text;
using Shoestring.LlamaCpp;
using Shoestring.Models;
using Shoestring.Models.Tests;

namespace Shoestring.Oracles;

/// <summary>Models converted to GGUF load in llama.cpp and compute there what their sources compute here.</summary>
public class ConvertedModelOracleTests(ITestOutputHelper output)
{
    const string Chat = "<|im_start|>user\nWhat is a river? 请介绍一下你自己。<|im_end|>\n<|im_start|>assistant\n";

    [Fact]
    public void MiniMind_s_folder_tokenizes_alike_in_llama_cpp()
    {
        using ConvertedModelFile converted = new(TestData.Model("minimind2-small"));
        using LlamaModel peer = LlamaModel.Load(converted.Path, vocabularyOnly: true);
        Tokenizer source = TokenizerFiles.Load(TestData.Model("minimind2-small")), read = TokenizerFiles.Load(converted.Path);
        (peer.BeginToken, peer.EndToken, peer.AddsBeginToken).ShouldBe((source.Bos!.Value, source.Eos!.Value, source.AddBos));
        read.ChatTemplate.ShouldBe(source.ChatTemplate);
        foreach (byte[] text in Texts.All().Append(Encoding.UTF8.GetBytes(Chat)))
        {
            int[] ids = source.Encode(text);
            read.Encode(text).ShouldBe(ids);
            peer.Tokenize(text).ShouldBe(ids);
        }
    }

    [Fact]
    public void MiniMind_s_folder_has_llama_cpp_s_logits_after_conversion()
    {
        using ConvertedModelFile converted = new(TestData.Model("minimind2-small"));
        using OurModel folder = new(TestData.Model("minimind2-small")), file = new(converted.Path);
        int[] ids = folder.Model.Tokenizer.Encode(Chat + "A river is a natural stream of water that flows towards a lake or the sea. 我是一个人工智能助手。");
        float[][] expected = Peer(converted.Path, ids), direct = folder.Logits(ids), read = file.Logits(ids);
        Report("folder against its conversion", LogitDistance.Relative(read, direct)).ShouldBeLessThan(1e-5);
        // llama.cpp rounds activations to half precision before it multiplies with F16 weights.
        Report("conversion against llama.cpp", LogitDistance.Relative(read, expected)).ShouldBeLessThan(2e-3);
        Report("mean KL against llama.cpp", LogitDistance.KullbackLeibler(read, expected)).ShouldBeLessThan(1e-5);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("quantize:format=Q8_0")]
    public void MiniMind_s_perplexity_is_llama_cpp_s_within_half_a_percent(string? technique)
    {
        using ConvertedModelFile converted = new(TestData.Model("minimind2-small"), technique is null ? [] : [technique]);
        byte[] text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(Chat + "I am an assistant that answers questions about rivers, towns and people.<|im_end|>\n", 24)));
        using OurModel ours = new(converted.Path);
        PerplexityResult result = Perplexity.Measure(ours.Model, ours.Operations, Encoding.UTF8.GetString(text), "chat", new ScoringOptions(256), cancellation: TestContext.Current.CancellationToken);
        using LlamaModel model = LlamaModel.Load(converted.Path);
        using LlamaContext context = model.Open(new() { Context = 256, CacheType = 0, Flash = FlashAttention.Off, Threads = 2 });
        LlamaPerplexity expected = context.Perplexity(text);
        output.WriteLine($"{technique ?? "F16"}: {result.Perplexity:F4} over {result.Losses.Length} tokens, llama.cpp {expected.Value:F4} over {expected.Tokens}");
        result.Losses.Length.ShouldBe(expected.Tokens);
        result.Perplexity.ShouldBe(expected.Value, expected.Value * 0.005);
    }

    [Fact]
    public void A_llama2_c_file_converts_to_the_model_that_it_was_made_from()
    {
        string path = TestData.Model("stories260K.gguf");
        using GgufFile original = GgufFile.Open(path);
        using Llama2cOf llama2c = new(original);
        using ConvertedModelFile converted = new(llama2c.Path);
        using LlamaModel peer = LlamaModel.Load(converted.Path, vocabularyOnly: true);
        Tokenizer expected = TokenizerFiles.Load(original), read = TokenizerFiles.Load(converted.Path);
        foreach (byte[] text in Texts.All())
        {
            int[] ids = expected.Encode(text);
            read.Encode(text).ShouldBe(ids);
            peer.Tokenize(text).ShouldBe(ids);
        }
        using OurModel ours = new(converted.Path), direct = new(llama2c.Path);
        int[] story = expected.Encode("Once upon a time, there was a little girl named Lily. She loved to play outside in the park.");
        ours.Logits(story).ShouldBe(direct.Logits(story));
        Report("stories260K from llama2.c against llama.cpp", LogitDistance.Relative(ours.Logits(story), Peer(converted.Path, story))).ShouldBeLessThan(1e-5);
    }

    public static TheoryData<string, string?> Variants => new()
    {
        { "llama", null }, { "llama", "linear" }, { "llama", "llama3" }, { "llama", "yarn" }, { "qwen2", null }, { "qwen3", null }, { "gpt2", null },
    };

    [Theory]
    [MemberData(nameof(Variants))]
    public void A_folder_of_each_architecture_has_llama_cpp_s_logits(string name, string? scaling)
    {
        using SmallFolder folder = new(SmallShape.Find(name), TensorFormat.F32);
        if (scaling is not null)
        {
            folder.Config["rope_scaling"] = new Dictionary<string, object?> { ["rope_type"] = scaling, ["factor"] = 4.0, ["original_max_position_embeddings"] = 64 };
            folder.Save();
        }
        using ConvertedModelFile converted = new(folder.Path);
        using OurModel ours = new(folder.Path);
        int[] ids = [1, .. Enumerable.Range(0, 90).Select(i => 3 + (i * 37 % (SmallShape.Vocabulary - 3)))];
        // GPT-2's activation function is a table in half precision there.
        Report($"{name} {scaling}", LogitDistance.Relative(ours.Logits(ids), Peer(converted.Path, ids))).ShouldBeLessThan(name == "gpt2" ? 3e-4 : 5e-6);
    }

    double Report(string what, double value)
    {
        output.WriteLine($"{what}: {value:E2}");
        return value;
    }

    // The cache in F32 and attention computed whole, so that nothing else is approximate.
    static float[][] Peer(string path, int[] ids)
    {
        using LlamaModel model = LlamaModel.Load(path);
        using LlamaContext context = model.Open(new() { Context = 256, CacheType = 0, Flash = FlashAttention.Off, Threads = 1 });
        return context.AllLogits(ids);
    }
}
