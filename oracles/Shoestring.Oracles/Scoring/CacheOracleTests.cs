using System.Text;
using Shoestring.Models;

namespace Shoestring.Oracles;

/// <summary>What techniques for keys and values cost real models in quality.</summary>
public class CacheOracleTests(ITestOutputHelper output)
{
    const string Stories = "corpora/TinyStories-valid.part30k.txt";
    const int Trained = 256;

    [Fact]
    public void Fewer_bits_cost_more_and_8_cost_nothing()
    {
        using OurModel ours = new(TestData.Find("models/stories15M-f16.gguf"));
        var perplexities = Enum.GetValues<KvFormat>().ToDictionary(format => format, format => Measure(ours, Stories, new ScoringOptions(Trained) { Cache = format }));
        foreach (var (format, perplexity) in perplexities)
        {
            output.WriteLine($"{format.Name()}: {perplexity:F4}, {ours.Model.Cost.KvBytesPerToken(format)} bytes a token");
        }
        var plain = perplexities[KvFormat.F32];
        foreach (var format in new[] { KvFormat.F16, KvFormat.Q8_0, KvFormat.Kivi8 })
        {
            perplexities[format].ShouldBe(plain, plain * 0.001);
        }
        perplexities[KvFormat.Kivi4].ShouldBe(plain, plain * 0.005);
        perplexities[KvFormat.Kivi2].ShouldBe(plain, plain * 0.05);
        perplexities[KvFormat.Q4_0].ShouldBe(plain, plain * 0.1);
        perplexities[KvFormat.Kivi2].ShouldBeGreaterThan(perplexities[KvFormat.Kivi4]);
    }

    // The model was trained on 256 positions; the text has 20 times as many. It reads on without sinks too, as TinyLlama does not.
    [Fact]
    public void Perplexity_stays_flat_over_twenty_times_the_trained_length()
    {
        using OurModel ours = new(TestData.Find("models/stories15M-f16.gguf"));
        const int length = 20 * Trained;
        var within = Measure(ours, Stories, new ScoringOptions(Trained));
        foreach (var (sinks, window) in new[] { (4, 252), (0, 256), (4, 124) })
        {
            CacheOptions cache = new() { Eviction = new StreamingOptions(window, sinks) };
            var perplexity = Measure(ours, Stories, new ScoringOptions(length) { Cache = cache });
            output.WriteLine($"{sinks} sinks, window {window}: {perplexity:F4} over positions {length / 2} … {length - 1}, {ours.Model.Cost.KvCacheBytes(length, cache):N0} bytes; {within:F4} in chunks of {Trained}");
            perplexity.ShouldBeLessThan(within * 1.02);
        }
        var overflow = Measure(ours, Stories, new ScoringOptions(length));
        output.WriteLine($"all positions kept: {overflow:F4}");
        overflow.ShouldBeGreaterThan(within * 10);
    }

    // Half of the budget for heavy hitters, as the paper has it; what is at hand beside them is the same number of positions.
    [Theory]
    [InlineData(0.2)]
    [InlineData(0.5)]
    public void Heavy_hitters_beat_random_positions(double share)
    {
        using OurModel ours = new(TestData.Find("models/stories15M-f16.gguf"));
        var half = (int)(share * Trained / 2);
        HeavyHitterOptions hitters = new(half, half);
        double Kept(EvictionOptions? eviction) => Measure(ours, Stories, new ScoringOptions(Trained) { Cache = new CacheOptions { Eviction = eviction } });
        var (all, heavy, random, recent) = (Kept(null), Kept(hitters), Kept(hitters with { Choice = KvChoice.Random }), Kept(new StreamingOptions(2 * half, 0)));
        output.WriteLine($"{2 * half} of {Trained} positions: heavy hitters {heavy:F4}, random {random:F4}, the latest {recent:F4}, sinks and the latest {Kept(new StreamingOptions(2 * half - 4)):F4}; all {all:F4}");
        heavy.ShouldBeLessThanOrEqualTo(random);
        Kept(new HeavyHitterOptions(Trained / 2, Trained / 2)).ShouldBe(all);
    }

    [Fact]
    public void TinyLlama_needs_its_sinks()
    {
        using OurModel ours = new(TestData.TinyLlama());
        var perplexities = new[] { (4, 252), (0, 256) }.Select(kept =>
        {
            CacheOptions cache = new() { Eviction = new StreamingOptions(kept.Item2, kept.Item1) };
            var perplexity = Measure(ours, "corpora/wiki.test.raw", new ScoringOptions(640, 1) { Cache = cache });
            output.WriteLine($"{kept.Item1} sinks, window {kept.Item2}: {perplexity:F4}");
            return perplexity;
        }).ToArray();
        perplexities[1].ShouldBeGreaterThan(perplexities[0] * 20);
    }

    static double Measure(OurModel ours, string text, ScoringOptions options) => Perplexity.Measure(
        ours.Model, ours.Operations, Encoding.UTF8.GetString(File.ReadAllBytes(TestData.Find(text))), text, options, cancellation: TestContext.Current.CancellationToken).Perplexity;
}
