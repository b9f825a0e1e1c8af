using System.Runtime.InteropServices;
using Shoestring.Tensors;

namespace Shoestring.Models.Tests;

/// <summary>Caches that drop positions in a whole model: against the paper's definition, and against keeping all.</summary>
public class StreamingTests
{
    const int Length = 60;
    static readonly int[] Tokens = SmallNumbers.Tokens("streaming", Length);

    // The reference keeps keys as they are before they are rotated and rotates all it sees by their place in the cache.
    [Theory]
    [InlineData("llama", 4, 12)]
    [InlineData("llama", 0, 9)]
    [InlineData("llama-tied-partial", 1, 20)]
    [InlineData("llama-window", 2, 20)]
    [InlineData("llama-window", 3, 6)]
    [InlineData("qwen3", 4, 16)]
    public void Logits_are_those_of_positions_within_the_cache(string shape, int sinks, int window)
    {
        using SmallModel file = new(SmallShape.Find(shape), TensorFormat.F32);
        using LanguageModel model = file.Load();
        CacheOptions cache = new() { Format = KvFormat.F32, Eviction = new StreamingOptions(window, sinks) };
        using SmallRunner runner = new(model, cache: cache);
        float[][] actual = runner.Logits(Tokens, 25, cache);
        double[][] expected = new ReferenceModel(file, exact: true) { Eviction = new StreamingOptions(window, sinks) }.Logits(Tokens);
        double difference = actual.Zip(expected, (a, e) => a.Zip(e, (x, y) => (x - y) * (x - y)).Sum()).Sum();
        Math.Sqrt(difference / expected.Sum(e => e.Sum(v => v * v))).ShouldBeLessThan(2e-5);
        double[][] whole = new ReferenceModel(file, exact: true).Logits(Tokens);
        whole[^1].Zip(expected[^1], (a, b) => Math.Abs(a - b)).Max().ShouldBeGreaterThan(shape == "llama-window" && window > 9 ? -1 : 1e-3);
    }

    [Theory]
    [InlineData(4, 56)]
    [InlineData(0, 60)]
    [InlineData(60, 1)]
    public void A_window_as_long_as_the_text_changes_nothing(int sinks, int window)
    {
        using SmallModel file = new(SmallShape.Find("llama"), TensorFormat.Q4_0);
        using LanguageModel model = file.Load();
        CacheOptions cache = new() { Eviction = new StreamingOptions(window, sinks) };
        using SmallRunner runner = new(model, cache: cache);
        float[][] expected = runner.Logits(Tokens, 7, KvFormat.F16), actual = runner.Logits(Tokens, 7, cache);
        for (int row = 0; row < Length; row++)
        {
            MemoryMarshal.AsBytes(actual[row].AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(expected[row].AsSpan())).ShouldBeTrue($"row {row}");
        }
    }

    [Fact]
    public void A_model_that_learned_its_positions_one_by_one_is_refused()
    {
        using SmallModel file = new(SmallShape.Find("gpt2"), TensorFormat.F16);
        using LanguageModel model = file.Load();
        Should.Throw<InputException>(() => model.Transformer.CreateState(64, SmallCache.Dropping, model.Memory)).What.ShouldContain("learned its positions");
    }

    [Fact]
    public void Heavy_hitters_are_refused_where_they_mean_nothing()
    {
        using SmallModel file = new(SmallShape.Find("llama-window"), TensorFormat.F16), other = new(SmallShape.Find("llama"), TensorFormat.F16);
        using LanguageModel windowed = file.Load(), model = other.Load();
        CacheOptions cache = new() { Eviction = new HeavyHitterOptions(10, 10) };
        Should.Throw<InputException>(() => windowed.Transformer.CreateState(64, cache, model.Memory)).What.ShouldContain("latest 9 positions");
        Should.Throw<InputException>(() => model.Transformer.CreateState(64, cache with { Format = KvFormat.Kivi4 }, model.Memory)).What.ShouldContain("kivi4");
    }

    [Fact]
    public void Windows_of_nothing_are_refused()
    {
        using SmallModel file = new(SmallShape.Find("llama"), TensorFormat.F16);
        using LanguageModel model = file.Load();
        foreach (EvictionOptions wrong in new EvictionOptions[] { new StreamingOptions(0), new StreamingOptions(-5), new StreamingOptions(5, -1), new HeavyHitterOptions(5, 0), new HeavyHitterOptions(-1, 4) })
        {
            Should.Throw<InputException>(() => model.Transformer.CreateState(64, new CacheOptions { Eviction = wrong }, model.Memory));
        }
    }

    [Fact]
    public void Bytes_stay_the_same_however_long_the_text()
    {
        using SmallModel file = new(SmallShape.Find("llama"), TensorFormat.Q8_0);
        using LanguageModel model = file.Load();
        CacheOptions cache = new() { Eviction = new StreamingOptions(60) };
        using SmallRunner runner = new(model, cache: cache);
        using SequenceState state = runner.State(cache, 20 * 64 + 1);
        runner.Continue(state, Tokens, Length);
        long bytes = state.Bytes;
        for (int i = 0; i < 20; i++)
        {
            runner.Continue(state, SmallNumbers.Tokens($"more {i}", 61), 61);
        }
        state.Length.ShouldBe(Length + 20 * 61);
        model.Memory.Peak(MemoryKind.KvCache).ShouldBe(bytes);
        state.Bytes.ShouldBe(bytes);
        bytes.ShouldBe(model.Cost.KvCacheBytes(1_000_000, cache));
    }
}
