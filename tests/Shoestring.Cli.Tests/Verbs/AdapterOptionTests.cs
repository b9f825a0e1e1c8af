using System.Text.Json;

namespace Shoestring.Cli.Tests;

/// <summary>Adapters from their training to their use: attached by every verb that runs a model, merged by apply.</summary>
public sealed class AdapterOptionTests : IDisposable
{
    readonly Tool tool = new();

    public AdapterOptionTests()
    {
        tool.Write("text.txt", string.Concat(Enumerable.Range(0, 300).Select(i => $"The {(i % 2 == 0 ? "cat" : "dog")} saw {i % 10} stones.\n")));
        tool.Write("other.txt", string.Concat(Enumerable.Range(0, 300).Select(i => $"A {(i % 3 == 0 ? "fox" : "hen")} ate {i % 7} plums!\n")));
        tool.Write("recipe.json", """
            {
              "model": { "width": 32, "blocks": 2, "heads": 2 }, "vocabulary": { "size": 270 }, "data": { "file": "text.txt" },
              "steps": 40, "learningRate": 0.01, "context": 32, "batchRows": 128, "evaluateEvery": 0
            }
            """);
        tool.Run("train", tool.At("recipe.json"), "-o", tool.At("out")).Code.ShouldBe(0);
    }

    string Model => tool.At("out/model.gguf");

    JsonElement Tune(string method, params string[] more)
    {
        Outcome outcome = tool.Run(["tune", Model, "--data", tool.At("other.txt"), "-t", method, "--steps", "30", "--learning-rate", "0.02", "--context", "32", "--batch-tokens", "128", "-o", tool.At("tuned"), "--json", .. more]);
        outcome.Code.ShouldBe(0, outcome.Error);
        return outcome.Json;
    }

    double Perplexity(string model, params string[] more)
    {
        Outcome outcome = tool.Run(["perplexity", model, tool.At("other.txt"), "--context", "32", "--chunks", "20", "--kv-type", "f32", "--json", .. more]);
        outcome.Code.ShouldBe(0, outcome.Error);
        return outcome.Json.GetProperty("perplexity").GetDouble();
    }

    [Theory]
    [InlineData("lora:rank=4,layers=attn_q+attn_v+ffn_down", "tuned/adapter.gguf")]
    [InlineData("dora:rank=4", "tuned/adapter")]
    [InlineData("ia3", "tuned/adapter")]
    public void Attached_by_perplexity_is_merged_by_apply_and_by_tune(string method, string adapter)
    {
        Tune(method, "--merge").GetProperty("adapters").EnumerateArray().Select(path => path.GetString()).ShouldBe([tool.At(adapter)]);
        double before = Perplexity(Model), attached = Perplexity(Model, "--adapter", tool.At(adapter));
        attached.ShouldBeLessThan(0.9 * before);
        Perplexity(tool.At("tuned/model.gguf")).ShouldBe(attached, 1e-4 * attached);
        tool.Run("apply", Model, "--adapter", tool.At(adapter), "-o", tool.At("merged.gguf")).Code.ShouldBe(0);
        Perplexity(tool.At("merged.gguf")).ShouldBe(attached, 1e-4 * attached);
        Perplexity(Model, "--adapter", $"{tool.At(adapter)}=0").ShouldBe(before, 1e-9);
    }

    [Theory]
    [InlineData("serial-adapter:inner=8", "tuned/adapter.safetensors")]
    [InlineData("prompt-tuning:rows=4", "tuned/adapter")]
    [InlineData("prefix-tuning:rows=4", "tuned/adapter")]
    public void What_no_weights_can_do_is_attached_alone(string method, string adapter)
    {
        tool.Run("tune", Model, "--data", tool.At("other.txt"), "-t", method, "--merge", "-o", tool.At("merged")).Fault.ShouldContain("--merge");
        JsonElement json = Tune(method);
        json.GetProperty("adapters").EnumerateArray().Select(path => path.GetString()).ShouldBe([tool.At(adapter)]);
        double before = Perplexity(Model), attached = Perplexity(Model, "--adapter", tool.At(adapter));
        attached.ShouldBeLessThan(0.95 * before);
        tool.Run("apply", Model, "--adapter", tool.At(adapter), "-o", tool.At("merged.gguf")).Fault.ShouldContain("--adapter");
        Outcome run = tool.Run("run", Model, "-p", "A fox", "-n", "12", "--temp", "0", "--raw", "--adapter", tool.At(adapter), "--json");
        run.Code.ShouldBe(0, run.Error);
        JsonElement flops = run.Json.GetProperty("receipt").GetProperty("computation").GetProperty("flops");
        flops.GetProperty("value").GetDouble().ShouldBe(flops.GetProperty("predicted").GetDouble());
    }

    [Fact]
    public void Two_forms_of_an_adapter_agree_and_stack()
    {
        JsonElement json = Tune("lora:rank=4", "--peft");
        json.GetProperty("adapters").EnumerateArray().Count().ShouldBe(2);
        double gguf = Perplexity(Model, "--adapter", tool.At("tuned/adapter.gguf"));
        Perplexity(Model, "--adapter", tool.At("tuned/adapter")).ShouldBe(gguf, 1e-12);
        Perplexity(Model, "--adapter", $"{tool.At("tuned/adapter")}=0.5", "--adapter", $"{tool.At("tuned/adapter.gguf")}=0.5").ShouldBe(gguf, 1e-5 * gguf);
        json.GetProperty("receipt").GetProperty("memory").GetProperty("storedBytes").GetProperty("value").GetDouble()
            .ShouldBe(new FileInfo(tool.At("tuned/adapter.gguf")).Length + Directory.GetFiles(tool.At("tuned/adapter")).Sum(file => new FileInfo(file).Length));
    }

    [Fact]
    public void Run_compare_and_evaluate_take_adapters()
    {
        Tune("lora:rank=4");
        string adapter = tool.At("tuned/adapter.gguf");
        Outcome plain = tool.Run("run", Model, "-p", "A fox", "-n", "12", "--temp", "0", "--raw", "--json"), adapted = tool.Run("run", Model, "-p", "A fox", "-n", "12", "--temp", "0", "--raw", "--adapter", adapter, "--json");
        adapted.Code.ShouldBe(0, adapted.Error);
        adapted.Json.GetProperty("text").GetString().ShouldNotBe(plain.Json.GetProperty("text").GetString());
        JsonElement flops = adapted.Json.GetProperty("receipt").GetProperty("computation").GetProperty("flops");
        flops.GetProperty("value").GetDouble().ShouldBe(flops.GetProperty("predicted").GetDouble());
        Outcome compared = tool.Run("compare", Model, Model, tool.At("other.txt"), "--context", "32", "--chunks", "10", "--adapter", adapter, "--json");
        compared.Code.ShouldBe(0, compared.Error);
        compared.Json.GetProperty("otherPerplexity").GetDouble().ShouldBeLessThan(compared.Json.GetProperty("originalPerplexity").GetDouble());
        tool.Write("lambada.jsonl", "{\"text\":\"A fox ate 3 plums\"}\n{\"text\":\"A hen ate 4 plums\"}\n");
        Outcome evaluated = tool.Run("evaluate", Model, "--task", "lambada", "--data", tool.At("lambada.jsonl"), "--adapter", adapter, "--json");
        evaluated.Code.ShouldBe(0, evaluated.Error);
        flops = evaluated.Json.GetProperty("receipt").GetProperty("computation").GetProperty("flops");
        flops.GetProperty("value").GetDouble().ShouldBe(flops.GetProperty("predicted").GetDouble());
    }

    [Fact]
    public void What_is_wrong_with_an_adapter_is_told()
    {
        Tune("lora:rank=4");
        tool.Run("run", Model, "-p", "A", "--adapter", tool.At("missing.gguf")).Fault.ShouldContain("missing.gguf");
        tool.Run("run", Model, "-p", "A", "--adapter", $"{tool.At("tuned/adapter.gguf")}=much").Fault.ShouldContain("much");
        tool.Run("run", Model, "-p", "A", "--adapter", Model).Fault.ShouldContain("general.type");
        tool.Run("run", "-p", "A", "--adapter", tool.At("tuned/adapter.gguf")).Fault.ShouldContain("tuned/adapter.gguf");
        tool.Run("tune", Model, "--data", tool.At("other.txt"), "-t", "bitfit", "-o", tool.At("biases")).Fault.ShouldContain("add=true");
        tool.Run("tune", Model, "--data", tool.At("other.txt"), "-t", "lora", "-t", "ia3", "-o", tool.At("both")).Fault.ShouldContain("once");
    }

    public void Dispose() => tool.Dispose();
}
