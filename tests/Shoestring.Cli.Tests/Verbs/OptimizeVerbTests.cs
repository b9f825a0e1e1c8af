using System.Text.Json;

namespace Shoestring.Cli.Tests;

public sealed class OptimizeVerbTests : IDisposable
{
    readonly Tool tool = new();

    public OptimizeVerbTests() => SaveLimits(tool);

    /// <summary>Limits as if they had been measured, so that no search measures them.</summary>
    internal static void SaveLimits(Tool tool) => new MachineLimits
    {
        Processor = MachineDescription.Current.Processor,
        Threads = Environment.ProcessorCount,
        InstructionSets = [],
        MeasuredAt = DateTimeOffset.UnixEpoch,
        ReadBytesPerSecondOneThread = 1e10,
        ReadBytesPerSecond = 2e10,
        Float32FlopsPerSecondOneThread = 1e11,
        Float32FlopsPerSecond = 2e11,
        Kernels = [],
        KernelsOneThread = [],
    }.Save(tool.Folders.MachineFile);

    string ShortText => tool.Write("text.txt", System.Text.Encoding.UTF8.GetString(DefaultModel.Text())[..4000]);

    [Fact]
    public void A_search_leaves_report_result_and_model()
    {
        string folder = tool.At("out");
        Outcome outcome = tool.Run("optimize", "--text", ShortText, "--context", "64", "--budget", "quality>=50%", "--time-budget", "60s", "-o", folder, "--json");
        outcome.Code.ShouldBe(0, outcome.Error);
        JsonElement json = outcome.Json;
        json.GetProperty("baseline").GetProperty("techniques").GetArrayLength().ShouldBe(0);
        json.GetProperty("candidates").GetArrayLength().ShouldBeGreaterThan(0);
        json.GetProperty("candidates")[0].GetProperty("onFront").ValueKind.ShouldBeOneOf(JsonValueKind.True, JsonValueKind.False);
        json.GetProperty("candidates")[0].GetProperty("measured").GetProperty("storedBytes").GetProperty("predicted").GetDouble().ShouldBeGreaterThan(0);
        json.GetProperty("chosen").GetProperty("techniques").GetArrayLength().ShouldBe(1);
        json.GetProperty("receipt").GetProperty("computation").GetProperty("flops").GetProperty("value").GetDouble().ShouldBeGreaterThan(0);
        File.Exists(json.GetProperty("report").GetString()).ShouldBeTrue();
        OptimizeJson.Read(File.ReadAllText(Path.Combine(folder, "result.json"))).Chosen.ShouldNotBeNull();
        Directory.GetFiles(folder).Select(Path.GetFileName).Order().ShouldBe(["measurements.jsonl", "model.gguf", "report.html", "result.json"]);
        tool.Run("run", Path.Combine(folder, "model.gguf"), "-p", "The", "-n", "2", "--quiet").Code.ShouldBe(0);
    }

    [Fact]
    public void A_budget_that_nothing_meets_is_exit_code_1()
    {
        string folder = tool.At("out");
        Outcome outcome = tool.Run("optimize", "--calibration", ShortText, "--context", "64", "--budget", "storedBytes<=1kB, quality>=99%", "--time-budget", "0.1s", "-o", folder);
        outcome.Code.ShouldBe(1, outcome.Error);
        outcome.Output.ShouldContain("None of");
        File.Exists(Path.Combine(folder, "report.html")).ShouldBeTrue();
        File.Exists(Path.Combine(folder, "model.gguf")).ShouldBeFalse();
    }

    [Fact]
    public void A_text_that_is_too_short_is_a_fault() =>
        tool.Run("optimize", "--text", tool.Write("short.txt", "too short"), "-o", tool.At("out")).Fault.ShouldContain("short.txt");

    [Fact]
    public void An_output_that_is_a_file_is_a_fault() =>
        tool.Run("optimize", "-o", tool.Write("file", "x")).Fault.ShouldContain("the folder cannot be made");

    public void Dispose() => tool.Dispose();
}
