using System.Text.Json;

namespace Shoestring.Cli.Tests;

public sealed class PlanVerbTests : IDisposable
{
    readonly Tool tool = new();
    readonly string folder = Directory.CreateTempSubdirectory("shoestring-plan-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("quantize:format=Q4_0")]
    [InlineData("quantize:format=Q8_0", "kivi:bits=4")]
    [InlineData("llm-pruner:ffn-ratio=0.25,head-ratio=0.5", "gptq:format=Q4_0")]
    [InlineData("shortgpt:layers=1")]
    [InlineData("griffin:sparsity=0.5")]
    [InlineData("quantize:format=Q4_0", "griffin:sparsity=0.3", "kivi:bits=4")]
    public void What_is_planned_is_what_a_run_counts(params string[] calls)
    {
        string path = Path.Combine(folder, "model.gguf");
        string[] techniques = [.. calls.SelectMany(call => new[] { "-t", call })];
        tool.Run(["apply", .. techniques, "-o", path, "--calibration-tokens", "512", "--quiet"]).Code.ShouldBe(0);
        JsonElement ran = tool.Run("run", path, "-p", "Once upon a time", "--raw", "-n", "9", "--temp", "0", "--quiet", "--json").Json;
        JsonElement receipt = ran.GetProperty("receipt"), work = receipt.GetProperty("work");
        int prompt = work.GetProperty("promptTokens").GetInt32(), generated = work.GetProperty("generatedTokens").GetInt32();
        JsonElement plan = tool.Run(["plan", .. techniques, "--prompt-tokens", $"{prompt}", "--generate-tokens", $"{generated}", "--quiet", "--json"]).Json;
        JsonElement predicted = plan.GetProperty("predicted");
        plan.GetProperty("techniques").EnumerateArray().Select(one => one.GetString()).ShouldBe(calls);
        Value(predicted, "memory", "storedBytes").ShouldBe(new FileInfo(path).Length);
        Value(predicted, "computation", "flops").ShouldBe(Value(receipt, "computation", "flops"));
        if (generated == 9)
        {
            Value(predicted, "memory", "kvCacheBytes").ShouldBe(Value(receipt, "memory", "kvCacheBytes"));
        }

        // The arena that weights lie in is rounded up to lines of the cache.
        Value(receipt, "memory", "weightBytes")!.Value.ShouldBeInRange(Value(predicted, "memory", "weightBytes")!.Value, 1.02 * Value(predicted, "memory", "weightBytes")!.Value);
        foreach (string section in (string[])["computation", "memory", "energy", "money", "communication", "efficiency"])
        {
            predicted.GetProperty(section).EnumerateObject().ShouldAllBe(figure => figure.Value.GetProperty("source").GetString() != "measured");
        }
    }

    [Fact]
    public void Nothing_is_written_and_faults_are_named()
    {
        string[] before = Directory.GetFiles(folder);
        tool.Run("plan", "-t", "quantize").Output.ShouldContain("planned");
        Directory.GetFiles(folder).ShouldBe(before);
        tool.Run("plan", "-t", "frob").Fault.ShouldContain("no technique 'frob'");
        tool.Run("plan", "--prompt-tokens", "0").Code.ShouldBe(2);
    }

    static double? Value(JsonElement receipt, string section, string figure) =>
        receipt.GetProperty(section).GetProperty(figure).GetProperty("value") is { ValueKind: JsonValueKind.Number } value ? value.GetDouble() : null;
}
