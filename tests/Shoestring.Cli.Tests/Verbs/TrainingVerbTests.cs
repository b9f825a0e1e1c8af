using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Shoestring.Cli.Tests;

public sealed class TrainingVerbTests : IDisposable
{
    readonly Tool tool = new();

    public TrainingVerbTests()
    {
        var text = new StringBuilder();
        for (int i = 0; i < 300; i++)
        {
            text.Append($"The {(i % 2 == 0 ? "cat" : "dog")} saw {i % 10} stones.\n");
        }

        tool.Write("text.txt", text.ToString());
        tool.Write("recipe.json", """
            {
              "model": { "width": 32, "blocks": 1, "heads": 2 },
              "vocabulary": { "size": 270 },
              "data": { "file": "text.txt" },
              "steps": 20, "learningRate": 0.01, "context": 32, "batchRows": 64, "evaluateEvery": 10, "checkpointEvery": 5
            }
            """);
    }

    Outcome Train(params string[] more) => tool.Run(["train", tool.At("recipe.json"), "-o", tool.At("out"), "--json", .. more]);

    [Fact]
    public void A_trained_model_has_a_receipt_and_runs()
    {
        Outcome outcome = Train();
        outcome.Code.ShouldBe(0, outcome.Error);
        JsonElement json = outcome.Json;
        json.GetProperty("end").GetString().ShouldBe("done");
        json.GetProperty("lastHeldOutLoss").GetDouble().ShouldBeLessThan(json.GetProperty("firstHeldOutLoss").GetDouble());
        JsonElement memory = json.GetProperty("receipt").GetProperty("memory");
        foreach (string kind in new[] { "gradientBytes", "optimizerBytes", "weightBytes" })
        {
            memory.GetProperty(kind).GetProperty("value").GetDouble().ShouldBe(memory.GetProperty(kind).GetProperty("predicted").GetDouble());
        }

        JsonElement flops = json.GetProperty("receipt").GetProperty("computation").GetProperty("flops");
        flops.GetProperty("value").GetDouble().ShouldBe(flops.GetProperty("predicted").GetDouble());
        outcome.Error.ShouldContain("step 20 of 20");
        File.ReadAllText(json.GetProperty("report").GetString()!).ShouldContain("Held-out loss");
        File.Exists(tool.At("out/checkpoint.safetensors")).ShouldBeFalse();
        Outcome run = tool.Run("run", tool.At("out/model.gguf"), "-p", "The", "-n", "4", "--temp", "0");
        run.Code.ShouldBe(0, run.Error);
    }

    [Fact]
    public void A_dry_run_tells_and_leaves_nothing()
    {
        Outcome outcome = Train("--dry-run");
        outcome.Code.ShouldBe(0, outcome.Error);
        outcome.Json.GetProperty("predicted").GetProperty("memory").GetProperty("optimizerBytes").GetProperty("value").GetDouble().ShouldBeGreaterThan(0);
        Directory.Exists(tool.At("out")).ShouldBeFalse();
    }

    [Fact]
    public void A_stopped_run_goes_on_to_the_same_model()
    {
        Train().Code.ShouldBe(0);
        byte[] whole = File.ReadAllBytes(tool.At("out/model.gguf"));
        Directory.Delete(tool.At("out"), recursive: true);
        Stopped("step 7 of").ShouldBe(130);
        File.Exists(tool.At("out/checkpoint.safetensors")).ShouldBeTrue();
        Train().Fault.ShouldContain("--resume");
        Outcome resumed = Train("--resume");
        resumed.Code.ShouldBe(0, resumed.Error);
        File.ReadAllBytes(tool.At("out/model.gguf")).ShouldBe(whole);
    }

    // The run is stopped by a hand on the keyboard, as it were, when it tells of a step.
    int Stopped(string told)
    {
        using var stop = new CancellationTokenSource();
        using var error = new StoppingWriter(stop, told);
        return Program.Run(["train", tool.At("recipe.json"), "-o", tool.At("out")], new Host { Output = TextWriter.Null, Error = error, Folders = tool.Folders, Cancellation = stop.Token });
    }

    sealed class StoppingWriter(CancellationTokenSource stop, string at) : StringWriter
    {
        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (value?.StartsWith(at, StringComparison.Ordinal) == true)
            {
                stop.Cancel();
            }
        }
    }

    // So high a rate that held-out loss rises again.
    [Fact]
    public void A_run_that_stops_early_writes_its_best_model_and_goes_on_to_the_same_one()
    {
        string recipe = File.ReadAllText(tool.At("recipe.json")).Replace("0.01", "0.3", StringComparison.Ordinal)
            .Replace("\"evaluateEvery\": 10", "\"evaluateEvery\": 3, \"patience\": 2, \"schedule\": \"constant\"", StringComparison.Ordinal);
        tool.Write("recipe.json", recipe);
        Outcome outcome = Train();
        outcome.Code.ShouldBe(0, outcome.Error);
        JsonElement json = outcome.Json;
        json.GetProperty("end").GetString().ShouldBe("stopped early");
        long step = json.GetProperty("steps").GetInt64(), best = json.GetProperty("bestStep").GetInt64();
        best.ShouldBeLessThan(step);
        byte[] model = File.ReadAllBytes(tool.At("out/model.gguf"));
        double kept = json.GetProperty("bestHeldOutLoss").GetDouble();
        HeldOutLoss(tool.At("out/model.gguf")).ShouldBe(kept);
        // The receipt and the report speak of the model that is left, not of the last step's.
        json.GetProperty("receipt").GetProperty("quality").GetProperty("perplexity").GetProperty("value").GetDouble().ShouldBe(Math.Exp(kept), 1e-9);
        File.ReadAllText(tool.At("out/report.html")).ShouldContain(string.Create(CultureInfo.InvariantCulture, $"to {kept:0.000}<"));
        Directory.GetFiles(tool.At("out")).Select(Path.GetFileName).ShouldBe(["history.json", "model.gguf", "report.html"], ignoreOrder: true);

        Directory.Delete(tool.At("out"), recursive: true);
        Stopped("step 1 of").ShouldBe(130);
        Outcome resumed = Train("--resume");
        resumed.Code.ShouldBe(0, resumed.Error);
        File.ReadAllBytes(tool.At("out/model.gguf")).ShouldBe(model);
    }

    // Tuning a model from a file on the same text begins by judging it.
    double HeldOutLoss(string path)
    {
        Outcome outcome = tool.Run("tune", path, "--data", tool.At("text.txt"), "--steps", "1", "--context", "32", "--batch-tokens", "64", "-o", tool.At("judged"), "--json");
        outcome.Code.ShouldBe(0, outcome.Error);
        return outcome.Json.GetProperty("firstHeldOutLoss").GetDouble();
    }

    [Fact]
    public void A_run_that_is_lost_says_where_and_what_to_try()
    {
        string recipe = File.ReadAllText(tool.At("recipe.json")).Replace("0.01", "90", StringComparison.Ordinal).Replace("\"steps\": 20", "\"steps\": 200, \"methods\": [\"sgd\"]", StringComparison.Ordinal);
        tool.Write("recipe.json", recipe);
        Outcome outcome = Train();
        outcome.Code.ShouldBe(1, outcome.Error);
        outcome.Error.ShouldContain("lower learning rate");
    }

    [Fact]
    public void A_checkpoint_of_another_recipe_is_refused()
    {
        Stopped("step 7 of").ShouldBe(130);
        Train("--resume", "--steps", "30").Fault.ShouldContain("another run");
    }

    [Fact]
    public void Tuning_by_low_rank_deltas_lowers_the_loss()
    {
        Train().Code.ShouldBe(0);
        Outcome outcome = tool.Run("tune", tool.At("out/model.gguf"), "--data", tool.At("text.txt"), "-t", "lora:rank=4", "--steps", "20", "--learning-rate", "0.01", "--context", "32", "--batch-tokens", "64", "-o", tool.At("tuned"), "--json");
        outcome.Code.ShouldBe(0, outcome.Error);
        JsonElement json = outcome.Json;
        json.GetProperty("lastHeldOutLoss").GetDouble().ShouldBeLessThan(json.GetProperty("firstHeldOutLoss").GetDouble());
        json.GetProperty("trainableParameters").GetInt64().ShouldBeLessThan(json.GetProperty("parameters").GetInt64() / 4);
        File.Exists(tool.At("tuned/adapter.gguf")).ShouldBeTrue();
        File.Exists(tool.At("tuned/model.gguf")).ShouldBeFalse();
        json.GetProperty("adapters").EnumerateArray().Single().GetString().ShouldBe(tool.At("tuned/adapter.gguf"));
        json.GetProperty("model").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public void Teachers_and_proxies_lie_beside_the_recipe_and_belong_to_the_run()
    {
        Train().Code.ShouldBe(0);
        File.Copy(tool.At("out/model.gguf"), tool.At("teacher.gguf"));
        Directory.Delete(tool.At("out"), recursive: true);
        string recipe = File.ReadAllText(tool.At("recipe.json"));
        tool.Write("recipe.json", recipe.Replace("\"steps\": 20", "\"steps\": 20, \"methods\": [\"distil:teacher=teacher.gguf\", \"dedup\", \"select:by=perplexity,share=0.5,proxy=teacher.gguf\"]", StringComparison.Ordinal));
        Outcome outcome = Train();
        outcome.Code.ShouldBe(0, outcome.Error);
        JsonElement[] data = [.. outcome.Json.GetProperty("data").EnumerateArray()];
        data.Select(step => step.GetProperty("method").GetString()).ShouldBe(["exact duplicates", "select by perplexity"]);
        data[1].GetProperty("textsAfter").GetInt32().ShouldBe((int)Math.Round(data[1].GetProperty("textsBefore").GetInt32() / 2.0));
        outcome.Error.ShouldContain("select by perplexity");
        File.ReadAllText(tool.At("out/report.html")).ShouldContain("select by perplexity");
        foreach ((string part, string figure) in new[] { ("computation", "flops"), ("memory", "weightBytes") })
        {
            JsonElement one = outcome.Json.GetProperty("receipt").GetProperty(part).GetProperty(figure);
            one.GetProperty("value").GetDouble().ShouldBe(one.GetProperty("predicted").GetDouble());
        }

        Directory.Delete(tool.At("out"), recursive: true);
        Stopped("step 7 of").ShouldBe(130);
        tool.Write("recipe.json", recipe.Replace("\"steps\": 20", "\"steps\": 2", StringComparison.Ordinal));
        tool.Run("train", tool.At("recipe.json"), "-o", tool.At("other")).Code.ShouldBe(0);
        File.Copy(tool.At("other/model.gguf"), tool.At("teacher.gguf"), overwrite: true);
        tool.Write("recipe.json", recipe.Replace("\"steps\": 20", "\"steps\": 20, \"methods\": [\"distil:teacher=teacher.gguf\", \"dedup\", \"select:by=perplexity,share=0.5,proxy=teacher.gguf\"]", StringComparison.Ordinal));
        Train("--resume").Fault.ShouldContain("another run");
    }

    [Fact]
    public void Instructions_are_learned_from_their_answers()
    {
        Train().Code.ShouldBe(0);
        string records = string.Join(",", Enumerable.Range(0, 40).Select(i => $$"""{"instruction":"Name a stone.","input":"","output":"stone {{i % 10}}"}"""));
        tool.Write("alpaca.json", $"[{records}]");
        Outcome outcome = tool.Run("tune", tool.At("out/model.gguf"), "--data", tool.At("alpaca.json"), "--steps", "3", "--context", "200", "-o", tool.At("tuned"), "--json");
        outcome.Code.ShouldBe(0, outcome.Error);
        tool.Write("bad.jsonl", "{\"text\":\"The cat saw 3 stones.\"}\nnonsense\n{\"text\":\"The dog saw 4 stones.\"}\n{\"text\":\"The dog saw 5 stones.\"}\n");
        tool.Run("tune", tool.At("out/model.gguf"), "--data", tool.At("bad.jsonl"), "--steps", "1", "-o", tool.At("other")).Fault.ShouldContain("bad.jsonl:2");
        Outcome skipped = tool.Run("tune", tool.At("out/model.gguf"), "--data", tool.At("bad.jsonl"), "--steps", "1", "--skip-bad", "-o", tool.At("other"), "--json");
        skipped.Json.GetProperty("badRecords").GetInt32().ShouldBe(1);
    }

    [Fact]
    public void What_is_wrong_is_told()
    {
        tool.Run("train", tool.At("missing.json")).Fault.ShouldContain("missing.json");
        tool.Run("tune", "--data", tool.At("missing.txt")).Fault.ShouldContain("missing.txt");
        tool.Run("tune").Fault.ShouldContain("--data");
        tool.Run("tune", "--data", tool.At("text.txt"), "-t", "magic").Fault.ShouldContain("adamw");
        Train("--resume").Fault.ShouldContain("no checkpoint");
    }

    public void Dispose() => tool.Dispose();
}
