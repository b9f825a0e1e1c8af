using System.Text.Json;

namespace Shoestring.Oracles;

/// <summary>What a search promises, by processes that know nothing of it.</summary>
public sealed class BudgetTests(ITestOutputHelper output) : IDisposable
{
    const double LeastQuality = 98, MostBytes = 20e6, MostResident = 160e6;

    readonly string text = TestData.Find("corpora/TinyStories-valid.part30k.txt");
    readonly string folder = Directory.CreateTempSubdirectory("shoestring-oracle-").FullName;

    [Fact]
    public void The_chosen_model_meets_the_budget_when_fresh_processes_measure_it()
    {
        string model = TestData.Model("stories15M-f16.gguf"), chosen = Path.Combine(folder, "out", "model.gguf");
        using (JsonDocument found = CommandProcess.Answer(0, "optimize", model, "--text", text, "-o", Path.Combine(folder, "out"),
            "--budget", $"storedBytes<={MostBytes / 1e6}MB, quality>={LeastQuality}%, peakResidentBytes<={MostResident / 1e6}MB"))
        {
            output.WriteLine(found.RootElement.GetProperty("chosen").GetProperty("techniques").ToString());
        }

        double before = Perplexity(model, text, out _), after = Perplexity(chosen, text, out double resident), quality = 100 * before / after;
        output.WriteLine($"{new FileInfo(chosen).Length} bytes, {quality:F2} %, peak {resident / 1e6:F1} MB");
        ((double)new FileInfo(chosen).Length).ShouldBeLessThanOrEqualTo(MostBytes);
        quality.ShouldBeGreaterThanOrEqualTo(LeastQuality);
        resident.ShouldBeLessThanOrEqualTo(MostResident);
    }

    [Fact]
    public void A_budget_that_nothing_meets_names_the_nearest()
    {
        using JsonDocument found = CommandProcess.Answer(1, "optimize", TestData.Model("stories15M-f16.gguf"), "--text", text, "-o", Path.Combine(folder, "out"),
            "--time-budget", "30s", "--budget", "storedBytes<=1MB, quality>=99%");
        found.RootElement.GetProperty("chosen").ValueKind.ShouldBe(JsonValueKind.Null);
        File.Exists(Path.Combine(folder, "out", "model.gguf")).ShouldBeFalse();
        File.ReadAllText(found.RootElement.GetProperty("report").GetString()!).ShouldContain("Nearest:");
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    static double Perplexity(string model, string text, out double resident)
    {
        using JsonDocument answer = CommandProcess.Answer(0, "perplexity", model, text, "--context", "256");
        resident = answer.RootElement.GetProperty("receipt").GetProperty("memory").GetProperty("peakResidentBytes").GetProperty("value").GetDouble();
        return answer.RootElement.GetProperty("perplexity").GetDouble();
    }
}
