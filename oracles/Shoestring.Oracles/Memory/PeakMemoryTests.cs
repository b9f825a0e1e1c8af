using System.Diagnostics;
using System.Text.Json;

namespace Shoestring.Oracles;

/// <summary>What the receipt tracks against what the system saw, each run in a process of its own.</summary>
public sealed class PeakMemoryTests
{
    const double Megabyte = 1e6;

    // The runtime's own: what a run takes whose model weighs next to nothing.
    static readonly Lazy<double> Baseline = new(() =>
    {
        Memory memory = Run(TestData.Model("stories260K.gguf"), "Once upon a time");
        return memory.Peak - memory.Tracked;
    });

    public static TheoryData<string> Models() => ["stories15M-q8_0.gguf", "stories15M-f16.gguf", "TinyLlama"];

    [Theory]
    [MemberData(nameof(Models))]
    public void Tracked_bytes_and_the_runtime_s_own_explain_the_peak(string model)
    {
        Memory memory = Run(Path(model), "Once upon a time");
        Math.Abs(memory.Peak - memory.Tracked - Baseline.Value).ShouldBeLessThan(Math.Max(30 * Megabyte, 0.05 * memory.Peak));
    }

    [Theory]
    [InlineData("Once upon a time")]
    [InlineData(null)]
    public void A_model_of_a_billion_weights_peaks_within_60_MB_of_its_file_and_cache(string? prompt)
    {
        string model = TestData.TinyLlama();
        Memory memory = Run(model, prompt ?? File.ReadAllText(TestData.Find("corpora/tinyshakespeare.txt"))[..1750]);
        (memory.Peak - memory.Cache).ShouldBeLessThan(new FileInfo(model).Length + 60 * Megabyte);
    }

    static string Path(string model) => model == "TinyLlama" ? TestData.TinyLlama() : TestData.Model(model);

    sealed record Memory(double Peak, double Weights, double Cache, double Activations)
    {
        public double Tracked => Weights + Cache + Activations;
    }

    static Memory Run(string model, string prompt)
    {
        string cli = System.IO.Path.Combine(TestData.Repository, "artifacts", "bin", "Shoestring.Cli", "release", "shoestring.dll");
        var start = new ProcessStartInfo("dotnet", [cli, "run", model, "-p", prompt, "-n", "8", "--raw", "--json", "--quiet", "--threads", "2"])
        {
            RedirectStandardOutput = true,
        };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        process.ExitCode.ShouldBe(0);
        using JsonDocument answer = JsonDocument.Parse(output.TrimEnd().Split('\n')[^1]);
        JsonElement memory = answer.RootElement.GetProperty("receipt").GetProperty("memory");
        double Value(string name) => memory.GetProperty(name).GetProperty("value").GetDouble();
        return new Memory(Value("peakResidentBytes"), Value("weightBytes"), Value("kvCacheBytes"), Value("activationBytes"));
    }
}
