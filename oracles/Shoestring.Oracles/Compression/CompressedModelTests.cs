using System.Text;
using Shoestring.LlamaCpp;
using Shoestring.Models;
using Shoestring.Techniques;
using Shoestring.Tensors;

namespace Shoestring.Oracles;

/// <summary>
/// Compressed real models: llama.cpp loads each file and finds the text as likely as we do; and with no more bytes than llama.cpp's
/// own quantizer takes, ours are nearer to the original on text that nothing was fitted to.
/// </summary>
public sealed class CompressedModelTests(ITestOutputHelper output) : IDisposable
{
    readonly WorkerPool pool = new(2);
    readonly string folder = Directory.CreateTempSubdirectory("shoestring-compressed").FullName;

    public void Dispose()
    {
        pool.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("gptq:format=Q4_0")]
    [InlineData("awq:format=Q4_0", "gptq:format=Q4_0")]
    [InlineData("imatrix:format=Q4_K_M")]
    [InlineData("wanda:sparsity=0.3", "gptq:format=Q8_0")]
    [InlineData("smoothquant", "quantize:format=Q8_0")]
    [InlineData("tie-embeddings", "sparsegpt:pattern=4:8")]
    [InlineData("mixed-precision:bits=5,tokens=256,method=scaled")]
    [InlineData("shortgpt")]
    [InlineData("llm-pruner:ffn-ratio=0.1,head-ratio=0.2", "quantize:format=Q8_0")]
    public void Llama_cpp_loads_what_is_written_and_agrees_on_it(params string[] calls)
    {
        (string calibration, string held) = Stories();
        string ours = Compress(TestData.Model("stories15M-f16.gguf"), calibration, 256, calls);
        using OurModel model = new(ours);
        double own = Perplexity.Measure(model.Model, model.Operations, held, "held-out text", new ScoringOptions(256), cancellation: TestContext.Current.CancellationToken).Perplexity;
        using LlamaModel theirs = LlamaModel.Load(ours);
        using LlamaContext context = theirs.Open(new LlamaOptions { Context = 256 });
        double other = context.Perplexity(Encoding.UTF8.GetBytes(held)).Value;
        output.WriteLine($"{string.Join(" + ", calls)}: {own:F4}, llama.cpp {other:F4}");
        own.ShouldBe(other, other * 0.01);
    }

    [Theory]
    [InlineData("'shoestring.llama'", "svd:ratio=0.9")]
    [InlineData("'shoestring.llama'", "slicegpt:sparsity=0.1")]
    [InlineData("'shoestring.llama'", "entropy-code")]
    [InlineData("invalid ggml type 65536", "sparsegpt:pattern=2:4", "quantize:format=S24_8")]
    public void Llama_cpp_refuses_what_plain_gguf_cannot_hold_by_the_name_of_the_architecture_or_the_format(string words, params string[] calls)
    {
        string ours = Compress(TestData.Model("stories15M-f16.gguf"), Stories().Calibration, 256, calls);
        using (GgufFile file = GgufFile.Open(ours))
        {
            file.Metadata.GetString("general.architecture").ShouldBe("shoestring.llama");
        }

        Exception fault = Should.Throw<Exception>(() => LlamaModel.Load(ours).Dispose());
        output.WriteLine(fault.Message);
        fault.Message.ShouldContain(words);
    }

    [Fact]
    public void Wanda_and_sparsegpt_lose_at_most_four_fifths_of_what_magnitude_loses()
    {
        (string calibration, string held) = Stories();
        string original = TestData.Model("stories15M-f16.gguf");
        double[] before = Chunks(original, held), magnitude = Chunks(Compress(original, calibration, 256, "magnitude:sparsity=0.5"), held);
        foreach (string call in (string[])["wanda:sparsity=0.5", "sparsegpt:sparsity=0.5"])
        {
            double[] other = Chunks(Compress(original, calibration, 256, call), held);
            double[] over = [.. before.Select((loss, i) => other[i] - loss - (0.8 * (magnitude[i] - loss)))];
            double mean = over.Average(), error = Math.Sqrt(over.Sum(value => (value - mean) * (value - mean)) / (over.Length - 1) / over.Length);
            output.WriteLine($"{call}: {(other.Average() - before.Average()) / (magnitude.Average() - before.Average()):F3} of magnitude's excess log-perplexity, over {over.Length} chunks; beyond 0.8 of it {mean:F3} ± {StudentAt975 * error:F3}");
            (mean + (StudentAt975 * error)).ShouldBeLessThan(0, "the upper end of the paired 95 % interval");
        }
    }

    // Of 18 to 22 degrees of freedom at least.
    const double StudentAt975 = 2.11;

    double[] Chunks(string path, string text)
    {
        const int context = 128;
        using OurModel model = new(path);
        PerplexityResult score = Perplexity.Measure(model.Model, model.Operations, text, "held-out text", new ScoringOptions(context), cancellation: TestContext.Current.CancellationToken);
        score.Chunks.ShouldBeGreaterThanOrEqualTo(19);
        return [.. score.Losses.Chunk(score.Losses.Length / score.Chunks).Select(chunk => chunk.Average())];
    }

    [Theory]
    [InlineData(LlamaFileType.Q4_0, "gptq:format=Q4_0")]
    [InlineData(LlamaFileType.Q4_0, "mixed-precision:bytes=13.89MB,tokens=512,method=scaled")]
    [InlineData(LlamaFileType.Q4_K_M, "gptq:format=Q4_K_M")]
    public void Stories15M_is_nearer_to_the_original_than_llama_cpp_s_file_of_as_many_bytes(LlamaFileType type, string call)
    {
        (string calibration, string held) = Stories();
        Hold(TestData.Model("stories15M-f16.gguf"), calibration, held, 256, type, "tie-embeddings", call);
    }

    [Theory]
    [InlineData(LlamaFileType.Q4_0, "gptq:format=Q4_0")]
    [InlineData(LlamaFileType.Q4_K_M, "gptq:format=Q4_K_M")]
    public void MiniMind2_is_nearer_to_the_original_than_llama_cpp_s_file_of_as_many_bytes(LlamaFileType type, string call)
    {
        string source = Path.Combine(folder, "minimind.gguf");
        using (ModelFile given = ModelFiles.Open(TestData.Find("models/minimind2-small")))
        {
            GgufRewrite.Plan(given, []).Write(source, pool, cancellation: TestContext.Current.CancellationToken);
        }

        string calibration = Read("corpora/wikitext-2.valid.txt", 400_000), held = Read("corpora/wiki.test.raw", 20_000);
        Hold(source, calibration, held, 256, type, call);
    }

    void Hold(string original, string calibration, string held, int context, LlamaFileType type, params string[] calls)
    {
        string ours = Compress(original, calibration, context, calls), theirs = Path.Combine(folder, "theirs.gguf"), plain = original;
        if (calls.Length > 1)
        {
            // What changes no answer is given to both sides.
            plain = Compress(original, calibration, context, calls[0]);
        }

        LlamaQuantizer.Quantize(plain, theirs, type);
        new FileInfo(ours).Length.ShouldBeLessThanOrEqualTo(new FileInfo(theirs).Length + SetupBytes);
        double near = Divergence(original, ours, held, context), far = Divergence(original, theirs, held, context);
        output.WriteLine($"{string.Join(" + ", calls)}: KL {near:F5}, llama.cpp's {type} {far:F5}; {new FileInfo(ours).Length} and {new FileInfo(theirs).Length} bytes");
        near.ShouldBeLessThan(far);
    }

    // Ours carries in its metadata what was done to it.
    const int SetupBytes = 256;

    string Compress(string model, string calibration, int context, params string[] calls)
    {
        string path = Path.Combine(folder, $"{Guid.NewGuid():N}.gguf");
        using GgufFile file = GgufFile.Open(model);
        CalibrationText text = CalibrationText.Cut(TokenizerFiles.Load(file), calibration, "calibration text", context, 6144);
        GgufRewrite.Plan(file, [.. calls.Select(TechniqueCall.Parse)]).Write(path, pool, text, cancellation: TestContext.Current.CancellationToken);
        return path;
    }

    static double Divergence(string original, string other, string text, int context)
    {
        using OurModel first = new(original), second = new(other);
        return Comparison.Measure(first.Model, second.Model, first.Operations, text, "held-out text", new ScoringOptions(context), cancellation: TestContext.Current.CancellationToken).MeanKullbackLeibler;
    }

    static (string Calibration, string Held) Stories()
    {
        string all = Read("corpora/TinyStories-valid.part30k.txt", int.MaxValue);
        return (all[..20_000], all[20_000..]);
    }

    static string Read(string path, int characters)
    {
        string text = Encoding.UTF8.GetString(File.ReadAllBytes(TestData.Find(path)));
        return text[..Math.Min(characters, text.Length)];
    }
}
