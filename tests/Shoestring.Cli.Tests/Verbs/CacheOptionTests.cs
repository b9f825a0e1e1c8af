using System.Text.Json;

namespace Shoestring.Cli.Tests;

/// <summary>The options about keys and values, over the verbs that take them.</summary>
public sealed class CacheOptionTests : IDisposable
{
    readonly Tool tool = new();

    [Theory]
    [InlineData("--kv-type", "f32")]
    [InlineData("--kv-type", "q8_0")]
    [InlineData("--kv-type", "Q4_0")]
    [InlineData("--kv-type", "kivi4")]
    [InlineData("--kv-type", "kivi2")]
    [InlineData("--kv-window", "60")]
    [InlineData("--kv-window", "64", "--sinks", "0", "--kv-type", "q8_0")]
    [InlineData("--kv-window", "30", "--heavy-hitters", "30")]
    public void What_was_predicted_of_a_run_is_what_was_counted(params string[] cache)
    {
        Outcome outcome = tool.Run(["run", "-p", "Once upon a time", "-n", "200", "--temp", "0", "--json", .. cache]);
        outcome.Code.ShouldBe(0, outcome.Error);
        JsonElement receipt = outcome.Json.GetProperty("receipt");
        Predicted(receipt.GetProperty("memory").GetProperty("kvCacheBytes"));
        if (outcome.Json.GetProperty("stopReason").GetString() == "length")
        {
            Predicted(receipt.GetProperty("computation").GetProperty("flops"));
        }
    }

    static void Predicted(JsonElement figure) => figure.GetProperty("predicted").GetDouble().ShouldBe(figure.GetProperty("value").GetDouble());

    [Fact]
    public void A_window_keeps_long_texts_within_what_the_model_was_trained_for()
    {
        Outcome Run(int tokens) => tool.Run("run", "-p", "x", "-n", $"{tokens}", "--kv-window", "60", "--json");
        Outcome shorter = Run(400), longer = Run(2000);
        longer.Error.ShouldNotContain("warning");
        Bytes(longer).ShouldBe(Bytes(shorter));
        tool.Run("run", "-p", "x", "-n", "400", "--kv-window", "60", "--heavy-hitters", "60").Error.ShouldContain("402 positions are more than the 320");
    }

    static double Bytes(Outcome outcome) => outcome.Json.GetProperty("receipt").GetProperty("memory").GetProperty("kvCacheBytes").GetProperty("value").GetDouble();

    [Fact]
    public void Perplexity_and_compare_score_with_the_cache_that_was_asked_for()
    {
        double Perplexity(params string[] cache) => tool.Run(["perplexity", "--json", "--chunks", "2", .. cache]).Json.GetProperty("perplexity").GetDouble();
        double plain = Perplexity();
        Perplexity("--kv-window", "316").ShouldBe(plain);
        Perplexity("--kv-type", "q8_0").ShouldBe(plain, plain * 0.01);
        Perplexity("--kv-type", "q8_0").ShouldNotBe(plain);
        Perplexity("--kv-window", "20").ShouldNotBe(plain);

        string text = tool.Write("text.txt", string.Concat(Enumerable.Repeat("Once upon a time that the ship would sail at dawn.\n", 100)));
        string model = tool.Write("model.gguf", "");
        using (Stream built = typeof(VerbList).Assembly.GetManifestResourceStream("default.gguf")!)
        using (FileStream file = File.Create(model))
        {
            built.CopyTo(file);
        }
        Outcome Compare(params string[] cache) => tool.Run(["compare", model, text, "--json", "--context", "128", "--chunks", "2", .. cache]);
        Compare().Json.GetProperty("meanKullbackLeibler").GetDouble().ShouldBe(0);
        Compare("--kv-type", "kivi2", "--kv-window", "16").Json.GetProperty("meanKullbackLeibler").GetDouble().ShouldBeGreaterThan(0);
    }

    [Fact]
    public void Bench_takes_them_too()
    {
        Outcome outcome = tool.Run("bench", "--prompt-tokens", "8", "--generate-tokens", "4", "--batch", "1", "--repeat", "1", "--kv-type", "q4_0", "--kv-window", "30", "--json");
        outcome.Code.ShouldBe(0, outcome.Error);
    }

    [Fact]
    public void Sinks_without_a_window_are_a_fault() => tool.Run("run", "-p", "x", "--sinks", "4").Fault.ShouldContain("--kv-window");

    [Fact]
    public void Heavy_hitters_need_a_window_and_no_sinks()
    {
        tool.Run("run", "-p", "x", "--heavy-hitters", "4").Fault.ShouldContain("--kv-window");
        tool.Run("run", "-p", "x", "--heavy-hitters", "4", "--kv-window", "8", "--sinks", "2").Fault.ShouldContain("sinks are given too");
        tool.Run("run", "-p", "x", "--heavy-hitters", "4", "--kv-window", "8", "--kv-type", "kivi2").Fault.ShouldContain("kivi2");
    }

    public void Dispose() => tool.Dispose();
}
