using System.Text;
using Shoestring.LlamaCpp;

namespace Shoestring.Oracles;

/// <summary>
/// The oracle itself: our calls into llama.cpp give what llama.cpp gave when the data was recorded.
/// </summary>
public class LlamaCppTests
{
    [Theory]
    [InlineData("stories15M-f16", 100)]
    [InlineData("stories15M-q8_0", 100)]
    [InlineData("stories15M-q4_0", 100)]
    [InlineData("stories260K", 200)]
    public void Greedy_tokens_are_the_recorded_ones(string name, int count)
    {
        var record = GreedyRecord.Read(TestData.Model($"{name}.greedy200.json"));
        using var model = LlamaModel.Load(TestData.Model($"{name}.gguf"));
        using var context = model.Open(new() { Threads = 1 });
        var prompt = model.Tokenize("Once upon a time");
        prompt.ShouldBe(record.PromptTokens);
        context.Greedy(prompt, count).ShouldBe(record.Tokens[..count]);
        model.Text(record.Tokens).ShouldBe(record.Text);
    }

    // 6.2132 is what llama.cpp's own perplexity tool prints for it.
    [Fact]
    public void Perplexity_is_the_one_that_its_own_tool_prints()
    {
        var text = File.ReadAllBytes(TestData.Find("corpora/TinyStories-valid.part30k.txt"));
        using var model = LlamaModel.Load(TestData.Model("stories260K.gguf"));
        using var context = model.Open(new() { Context = 256, Batch = 256, Threads = 1 });
        context.Perplexity(text).Value.ShouldBe(6.2132, 0.0005);
    }

    [Fact]
    public void A_sequence_of_a_batch_has_the_logits_that_it_has_alone()
    {
        using var model = LlamaModel.Load(TestData.Model("stories260K.gguf"));
        using var context = model.Open(new() { Context = 64, Sequences = 2, Batch = 64, CacheType = 0, Threads = 1 });
        var alone = context.AllLogits([1, 403, 407]);
        context.Clear();
        context.Decode([1, 403, 407, 1, 261], [0, 1, 2, 0, 1], [0, 0, 0, 1, 1], [true, true, true, true, true]);
        for (var i = 0; i < model.VocabularySize; i++)
            context.Logits(2)[i].ShouldBe(alone[2][i], 1e-4f);
    }

    [Fact]
    public void What_llama_cpp_logs_is_in_the_error()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, Encoding.ASCII.GetBytes("no model"));
            Should.Throw<LlamaException>(() => LlamaModel.Load(path)).Message.ShouldContain("magic");
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Kept_threads_give_the_same_tokens()
    {
        using var model = LlamaModel.Load(TestData.Model("stories260K.gguf"));
        using var joined = model.Open();
        using var kept = model.Open(new() { KeepThreads = true });
        var prompt = model.Tokenize("Once upon a time");
        var made = kept.Greedy(prompt, 20);
        kept.Pause();
        made.ShouldBe(joined.Greedy(prompt, 20));
        kept.Resume();
        kept.Greedy(prompt, 20).ShouldBe(made);
    }

    // Otherwise they would take a core from whatever is timed next.
    [Fact]
    public async Task Paused_threads_are_idle()
    {
        using var model = LlamaModel.Load(TestData.Model("stories260K.gguf"));
        using var context = model.Open(new() { KeepThreads = true });
        context.Greedy([1], 20);
        context.Pause();
        var before = Environment.CpuUsage.TotalTime;
        await Task.Delay(400, TestContext.Current.CancellationToken);
        (Environment.CpuUsage.TotalTime - before).TotalMilliseconds.ShouldBeLessThan(100);
    }

    [Fact]
    public void Quantizing_again_gives_the_recorded_file()
    {
        var path = Path.Combine(Path.GetTempPath(), $"shoestring-{Guid.NewGuid():N}.gguf");
        try
        {
            LlamaQuantizer.Quantize(TestData.Model("stories15M-f16.gguf"), path, LlamaFileType.Q8_0);
            File.ReadAllBytes(path).AsSpan().SequenceEqual(File.ReadAllBytes(TestData.Model("stories15M-q8_0.gguf"))).ShouldBeTrue();
        }
        finally
        {
            File.Delete(path);
        }
    }
}
