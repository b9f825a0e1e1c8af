using Shoestring.LlamaCpp;

namespace Shoestring.Oracles;

/// <summary>
/// How far our predictions on real text are from llama.cpp's, in each format that stories15M's widths allow. Both round
/// activations to 8 bits, each in its own way (ours with a scale for each 32 channels; llama.cpp so for the older formats, and
/// with one for each 256 where weights are in blocks of 256), so the two diverge from each other by about as much as each
/// diverges from the same weights with exact activations.
/// </summary>
public class DivergenceTests(ITestOutputHelper output)
{
    const int Context = 256, Chunks = 8;

    [Theory]
    [InlineData(LlamaFileType.F32, 1e-8)]
    [InlineData(LlamaFileType.F16, 1e-5)]
    [InlineData(LlamaFileType.BF16, 2e-4)]
    public void Float_formats_differ_by_how_llama_cpp_rounds_activations(LlamaFileType type, double tolerance) =>
        Math.Abs(Measure(type).ToLlama).ShouldBeLessThan(tolerance);

    [Theory]
    [InlineData(LlamaFileType.Q8_0)]
    [InlineData(LlamaFileType.Q5_1)]
    [InlineData(LlamaFileType.Q5_0)]
    [InlineData(LlamaFileType.Q4_1)]
    [InlineData(LlamaFileType.Q4_0)]
    [InlineData(LlamaFileType.IQ4_NL)]
    [InlineData(LlamaFileType.Q6_K)]
    [InlineData(LlamaFileType.Q5_K_M)]
    [InlineData(LlamaFileType.Q4_K_M)]
    [InlineData(LlamaFileType.Q3_K_M)]
    [InlineData(LlamaFileType.Q2_K)]
    public void Block_formats_differ_by_the_two_roundings(LlamaFileType type)
    {
        var (toLlama, ours, theirs) = Measure(type);
        // Divergence grows as the square of the error: those of independent errors add up.
        toLlama.ShouldBeLessThan(1.5 * (ours + theirs));
        ours.ShouldBeLessThan(2e-3);
        // No worse than llama.cpp's own rounding, within what chance gives.
        ours.ShouldBeLessThan(1.3 * theirs);
    }

    (double ToLlama, double Ours, double Theirs) Measure(LlamaFileType type)
    {
        var folder = Directory.CreateTempSubdirectory("shoestring-kl-").FullName;
        try
        {
            var path = Path.Combine(folder, $"{type}.gguf");
            LlamaQuantizer.Quantize(TestData.Model("stories15M-f16.gguf"), path, type);
            using DecodedCopy decoded = new(path);
            var (ours, theirs, exact) = (Ours(path), Theirs(path), Ours(decoded.Path));
            var result = (LogitDistance.KullbackLeibler(ours, theirs), LogitDistance.KullbackLeibler(ours, exact), LogitDistance.KullbackLeibler(theirs, exact));
            output.WriteLine($"{type}: mean KL, ours to llama.cpp {result.Item1:E2}, ours to exact activations {result.Item2:E2}, llama.cpp to exact activations {result.Item3:E2}; " +
                $"logits' distances {LogitDistance.Relative(ours, theirs):E2}, {LogitDistance.Relative(ours, exact):E2}, {LogitDistance.Relative(theirs, exact):E2}");
            return result;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // The rows that perplexity scores: the second half of each chunk, which begins with the begin token.
    static IEnumerable<int[]> Text()
    {
        using var model = LlamaModel.Load(TestData.Model("stories15M-f16.gguf"));
        var tokens = model.Tokenize(File.ReadAllBytes(TestData.Find("corpora/TinyStories-valid.part30k.txt")));
        return [.. tokens.Chunk(Context).Take(Chunks).Select(chunk => (int[])[model.BeginToken, .. chunk[1..]])];
    }

    static float[][] Ours(string path)
    {
        using OurModel model = new(path);
        return [.. Text().SelectMany(chunk => model.Logits(chunk)[(Context / 2)..])];
    }

    static float[][] Theirs(string path)
    {
        using var model = LlamaModel.Load(path);
        using var context = model.Open(new() { Context = Context, Batch = Context, CacheType = 0, Flash = FlashAttention.Off });
        return [.. Text().SelectMany(chunk => context.AllLogits(chunk)[(Context / 2)..])];
    }
}
