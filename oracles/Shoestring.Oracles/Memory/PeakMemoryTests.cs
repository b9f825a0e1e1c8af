namespace Shoestring.Oracles;

/// <summary>What the receipt says of memory against the peak that the operating system saw.</summary>
public class PeakMemoryTests(ITestOutputHelper output)
{
    const double MB = 1e6;

    [Theory]
    [InlineData(1)]
    [InlineData(104)]
    public void Tracked_bytes_and_the_runtime_explain_the_peak_of_stories15M(int sentences) => Check(TestData.Model("stories15M-q8_0.gguf"), sentences);

    [Theory]
    [InlineData(1)]
    [InlineData(104)]
    public void And_that_of_TinyLlama(int sentences)
    {
        Dictionary<string, double> memory = Check(TestData.TinyLlama(), sentences);
        double own = memory["peakResidentBytes"] - memory["storedBytes"] - memory["kvCacheBytes"];
        own.ShouldBeLessThan(60 * MB, "beside the file's bytes and the cache");
    }

    Dictionary<string, double> Check(string model, int sentences)
    {
        // The command at work without a model's weights: the runtime, its compiled code, and a tokenizer.
        double runtime = CommandProcess.Memory("tokenize", "-p", "Once upon a time")["peakResidentBytes"];
        string prompt = string.Concat(Enumerable.Repeat("The cat sat down. ", sentences));
        Dictionary<string, double> memory = CommandProcess.Memory("run", model, "--raw", "-p", prompt, "-n", "8");
        double tracked = memory["weightBytes"] + memory["kvCacheBytes"] + memory["activationBytes"], peak = memory["peakResidentBytes"];
        output.WriteLine($"{Path.GetFileName(model)}, {sentences} sentences: peak {peak / MB:F1} MB, tracked {tracked / MB:F1}, runtime {runtime / MB:F1}, unexplained {(peak - tracked - runtime) / MB:F1}");
        Math.Abs(peak - tracked - runtime).ShouldBeLessThanOrEqualTo(Math.Max(0.05 * peak, 30 * MB));
        return memory;
    }
}
