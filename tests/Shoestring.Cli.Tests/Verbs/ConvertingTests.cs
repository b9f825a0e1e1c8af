using System.Text.Json;
using Shoestring.Models.Tests;
using Shoestring.Techniques;

namespace Shoestring.Cli.Tests;

/// <summary><c>apply</c> and <c>optimize</c> take models that are no GGUF.</summary>
public sealed class ConvertingTests : IDisposable
{
    readonly Tool tool = new();
    readonly SmallFolder folder = new(SmallShape.Find("llama") with { Tied = true, FeedForward = 256 }, TensorFormat.F16);

    public void Dispose()
    {
        folder.Dispose();
        tool.Dispose();
    }

    [Fact]
    public void A_folder_becomes_a_GGUF_that_runs_alike()
    {
        string path = tool.At("model.gguf");
        JsonElement json = tool.Run("apply", folder.Path, "-o", path, "--json").Json;
        json.GetProperty("storedBytes").GetInt64().ShouldBe(new FileInfo(path).Length);
        json.GetProperty("techniques").GetArrayLength().ShouldBe(0);
        json.GetProperty("notes").GetArrayLength().ShouldBe(0);
        JsonElement stored = json.GetProperty("receipt").GetProperty("memory").GetProperty("storedBytes");
        stored.GetProperty("predicted").GetDouble().ShouldBe(stored.GetProperty("value").GetDouble());
        string[] run = ["-p", "HELLO", "-n", "8", "--temp", "0", "--raw", "--quiet"];
        Outcome converted = tool.Run(["run", path, .. run]), original = tool.Run(["run", folder.Path, .. run]);
        converted.Code.ShouldBe(0, converted.Error);
        converted.Output.ShouldBe(original.Output);
    }

    [Fact]
    public void A_folder_is_quantized_as_it_is_converted_to_what_quantizing_its_conversion_gives()
    {
        (string plain, string twice, string once) = (tool.At("plain.gguf"), tool.At("twice.gguf"), tool.At("once.gguf"));
        tool.Run("apply", folder.Path, "-o", plain, "--quiet").Code.ShouldBe(0);
        tool.Run("apply", plain, "-t", "quantize:format=Q4_K_M", "-o", twice, "--quiet").Code.ShouldBe(0);
        tool.Run("apply", folder.Path, "-t", "quantize:format=Q4_K_M", "-o", once, "--quiet").Code.ShouldBe(0);
        File.ReadAllBytes(once).AsSpan().SequenceEqual(File.ReadAllBytes(twice)).ShouldBeTrue();
        using GgufFile file = GgufFile.Open(once);
        RunSetup.Read(file.Metadata).Techniques.ShouldBe(["quantize:format=Q4_K_M"]);
        file.Metadata.GetInt("general.file_type").ShouldBe(15);

        // It is the output matrix too, and gets the format of one.
        file.Find("token_embd.weight")!.Format.ShouldBe(TensorFormat.Q6_K);
        file.Find("output.weight").ShouldBeNull();
    }

    [Fact]
    public void A_llama2_c_file_becomes_a_GGUF()
    {
        using SmallLlama2c llama2c = new(folder.Shape);
        string path = tool.At("model.gguf");
        tool.Run("apply", llama2c.Path, "-t", "quantize:format=Q8_0", "-o", path, "--quiet").Code.ShouldBe(0);
        using GgufFile file = GgufFile.Open(path);
        file.Find("token_embd.weight")!.Format.ShouldBe(TensorFormat.Q8_0);
        tool.Run("run", path, "-p", "HELLO", "-n", "2", "--raw", "--quiet").Code.ShouldBe(0);
    }

    [Fact]
    public void A_damaged_folder_is_one_line_and_leaves_nothing()
    {
        string path = tool.At("model.gguf");
        folder.Config["num_hidden_layers"] = 3;
        folder.Save();
        tool.Run("apply", folder.Path, "-o", path).Fault.ShouldContain("tensor blk.2.");
        File.WriteAllText(Path.Combine(folder.Path, "config.json"), "{");
        tool.Run("apply", folder.Path, "-o", path).Fault.ShouldContain("config.json");
        File.Delete(Path.Combine(folder.Path, "tokenizer.json"));
        folder.Config["num_hidden_layers"] = 2;
        folder.Save();
        tool.Run("apply", folder.Path, "-o", path).Fault.ShouldContain("tokenizer.json");
        Directory.GetFileSystemEntries(tool.Folder).ShouldBeEmpty();
    }

    [Fact]
    public void What_GGUF_cannot_say_is_told()
    {
        folder.Set("lm_head.weight", "F16", [SmallShape.Vocabulary, folder.Shape.Width], new byte[2 * SmallShape.Vocabulary * folder.Shape.Width]);
        Outcome outcome = tool.Run("apply", folder.Save().Path, "-o", tool.At("model.gguf"), "--json");
        outcome.Error.ShouldContain("lm_head.weight is left out");
        outcome.Json.GetProperty("notes").GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public void A_folder_is_searched_and_nothing_but_the_result_stays()
    {
        OptimizeVerbTests.SaveLimits(tool);
        string output = tool.At("out"), text = tool.Write("text.txt", string.Concat(Enumerable.Repeat("ABC HELLO WORLD ", 60)));
        Outcome outcome = tool.Run("optimize", folder.Path, "--text", text, "--context", "64", "--budget", "quality>=1%", "--time-budget", "60s", "-o", output, "--json");
        outcome.Code.ShouldBe(0, outcome.Error);
        outcome.Error.ShouldContain("converting");
        outcome.Json.GetProperty("model").GetProperty("path").GetString().ShouldBe(folder.Path);
        outcome.Json.GetProperty("candidates").GetArrayLength().ShouldBeGreaterThan(0);
        Directory.GetFiles(output).Select(Path.GetFileName).Order().ShouldBe(["measurements.jsonl", "model.gguf", "report.html", "result.json"]);
        folder.Remove("model.norm.weight");
        tool.Run("optimize", folder.Save().Path, "--text", text, "-o", output, "--quiet").Fault.ShouldContain("output_norm.weight is missing");
    }
}
