using Shoestring.LlamaCpp;

namespace Shoestring.Oracles;

/// <summary>The random models are fit to be an oracle: llama.cpp loads them, and what sets each apart moves its logits.</summary>
public class VariantTests
{
    static readonly int[] Tokens = [1, .. Enumerable.Range(0, 47).Select(i => 3 + i * 37 % (Variant.Vocabulary - 3))];

    public static TheoryData<string> Names => [.. Variants.All.Select(variant => variant.Name)];

    public static TheoryData<string> NamesWithPlain => [.. Variants.All.Where(variant => variant.Plain is not null).Select(variant => variant.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Llama_cpp_gives_logits_in_every_format(string name)
    {
        using var exact = new VariantFile(Variants.Find(name));
        var expected = exact.Logits(Tokens);
        Spread(expected).ShouldBeInRange(0.5, 10);
        foreach (var (type, tolerance) in new[] { (LlamaFileType.F16, 0.01), (LlamaFileType.Q8_0, 0.1), (LlamaFileType.Q4_0, 0.8), (LlamaFileType.Q4_K_S, 0.8) })
        {
            using var encoded = new VariantFile(Variants.Find(name), type);
            Distance(encoded.Logits(Tokens), expected).ShouldBeInRange(1e-6, tolerance, $"{name} at {type}");
        }
    }

    [Theory]
    [MemberData(nameof(NamesWithPlain))]
    public void What_sets_it_apart_moves_the_logits(string name)
    {
        var variant = Variants.Find(name);
        using var with = new VariantFile(variant);
        using var without = new VariantFile(variant.Plain!);
        Distance(with.Logits(Tokens), without.Logits(Tokens)).ShouldBeGreaterThan(0.05);
    }

    // The Llama architecture of llama.cpp does not read attention.sliding_window; so the window is made by forgetting.
    [Fact]
    public void Llama_cpp_itself_ignores_the_window_of_the_llama_architecture()
    {
        using var file = new VariantFile(Variants.Find("mistral-window"));
        using var model = LlamaModel.Load(file.Path);
        model.SlidingWindow.ShouldBe(0);
    }

    [Fact]
    public void A_window_that_covers_everything_changes_nothing()
    {
        using var file = new VariantFile(Variants.Find("llama"));
        using var model = LlamaModel.Load(file.Path);
        using var context = model.Open(new() { Context = 64, CacheType = 0, Flash = FlashAttention.Off, Threads = 1 });
        Distance(context.WindowedLogits(Tokens, Tokens.Length), context.AllLogits(Tokens)).ShouldBeLessThan(1e-4);
    }

    [Fact]
    public void The_same_seed_writes_the_same_file()
    {
        using var one = new VariantFile(Variants.Find("qwen2-biases"));
        using var two = new VariantFile(Variants.Find("qwen2-biases"));
        File.ReadAllBytes(one.Path).AsSpan().SequenceEqual(File.ReadAllBytes(two.Path)).ShouldBeTrue();
    }

    // ‖a − b‖ / ‖b‖ over all tokens.
    static double Distance(float[][] values, float[][] expected)
    {
        double difference = 0, size = 0;
        foreach (var (row, reference) in values.Zip(expected))
        {
            for (var i = 0; i < row.Length; i++)
            {
                difference += (row[i] - (double)reference[i]) * (row[i] - (double)reference[i]);
                size += (double)reference[i] * reference[i];
            }
        }
        return Math.Sqrt(difference / size);
    }

    static double Spread(float[][] values) =>
        Math.Sqrt(values.Sum(row => row.Sum(value => (double)value * value)) / values.Sum(row => row.Length));
}
