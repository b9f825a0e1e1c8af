using System.Text.Json;
using Shoestring.Models.Tests;

namespace Shoestring.Cli.Tests;

public sealed class EvaluateVerbTests : IDisposable
{
    readonly Tool tool = new();

    public void Dispose() => tool.Dispose();

    string Pairs => tool.Write("pairs.jsonl", """
        {"sentence_good":"The old captain said nothing.","sentence_bad":"The old captain say nothing.","UID":"verbs"}
        {"sentence_good":"She saw the old ships.","sentence_bad":"She saw the old ship are.","UID":"verbs"}
        {"sentence_good":"He did it himself.","sentence_bad":"He did it herself.","UID":"pronouns"}
        """);

    string Questions => tool.Write("questions.jsonl", """
        {"question":"Where do ships sail?","choices":["on the sea","in a small box of wood"],"answer":0}
        {"question":"Who commands a ship?","choices":["a tree","the captain"],"answer":"the captain"}
        """);

    string Passages => tool.Write("passages.jsonl", """
        {"text":"The old captain looked at the sea and said that it was the sea"}
        {"text":"It was a long way to the town, and a long way back to the sea"}
        """);

    [Fact]
    public void Sentences_are_told_apart_by_group()
    {
        JsonElement json = tool.Run("evaluate", "--task", "blimp", "--data", Pairs, "--json").Json;
        json.GetProperty("task").GetString().ShouldBe("blimp");
        json.GetProperty("items").GetInt32().ShouldBe(3);
        json.GetProperty("groups").EnumerateArray().Select(group => (group.GetProperty("name").GetString(), group.GetProperty("items").GetInt32())).ShouldBe([("verbs", 2), ("pronouns", 1)]);
        JsonElement accuracy = json.GetProperty("accuracy");
        accuracy.GetProperty("value").GetDouble().ShouldBeInRange(accuracy.GetProperty("low").GetDouble(), accuracy.GetProperty("high").GetDouble());
        accuracy.GetProperty("value").GetDouble().ShouldBe(json.GetProperty("groups").EnumerateArray().Average(group => group.GetProperty("accuracy").GetProperty("value").GetDouble()), 1e-12);
        json.TryGetProperty("normalizedAccuracy", out _).ShouldBeFalse();
        json.GetProperty("receipt").GetProperty("quality").GetProperty("accuracy").GetProperty("value").GetDouble().ShouldBe(accuracy.GetProperty("value").GetDouble());
    }

    [Theory]
    [InlineData("blimp")]
    [InlineData("multiple-choice")]
    [InlineData("lambada")]
    public void Counted_operations_and_bytes_are_the_predicted_ones(string task)
    {
        string data = task switch { "blimp" => Pairs, "lambada" => Passages, _ => Questions };
        JsonElement receipt = tool.Run("evaluate", "--task", task, "--data", data, "--perturb", "all", "--json").Json.GetProperty("receipt");
        foreach ((string section, string figure) in (ReadOnlySpan<(string, string)>)[("computation", "flops"), ("memory", "kvCacheBytes")])
        {
            JsonElement one = receipt.GetProperty(section).GetProperty(figure);
            one.GetProperty("predicted").GetDouble().ShouldBe(one.GetProperty("value").GetDouble(), figure);
        }

        receipt.GetProperty("work").GetProperty("kind").GetString().ShouldBe("evaluate");
        receipt.GetProperty("work").GetProperty("promptTokens").GetInt64().ShouldBeGreaterThan(20);
    }

    [Fact]
    public void Last_words_have_a_perplexity()
    {
        JsonElement json = tool.Run("evaluate", "--task", "lambada", "--data", Passages, "--json").Json;
        JsonElement perplexity = json.GetProperty("lastWordPerplexity");
        perplexity.GetProperty("value").GetDouble().ShouldBeInRange(perplexity.GetProperty("low").GetDouble(), perplexity.GetProperty("high").GetDouble());
        perplexity.GetProperty("value").GetDouble().ShouldBeInRange(1, 1e6);
        json.GetProperty("groups").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public void The_original_itself_is_decided_alike()
    {
        JsonElement json = tool.Run("evaluate", "--task", "multiple-choice", "--data", Questions, "--against", CopyOfTheModel(), "--json").Json;
        JsonElement against = json.GetProperty("against");
        against.GetProperty("accuracy").GetRawText().ShouldBe(json.GetProperty("accuracy").GetRawText());
        against.GetProperty("difference").GetProperty("value").GetDouble().ShouldBe(0);
        against.GetProperty("labelLoyalty").GetProperty("value").GetDouble().ShouldBe(1);
        json.GetProperty("normalizedAccuracy").GetProperty("value").GetDouble().ShouldBeInRange(0, 1);
        JsonElement flops = json.GetProperty("receipt").GetProperty("computation").GetProperty("flops");
        flops.GetProperty("predicted").GetDouble().ShouldBe(flops.GetProperty("value").GetDouble());
    }

    string CopyOfTheModel()
    {
        string path = tool.At("copy.gguf");
        tool.Run("apply", "-o", path, "--quiet").Code.ShouldBe(0);
        return path;
    }

    [Fact]
    public void Perturbing_is_repeatable_and_nothing_at_rate_0()
    {
        string[] command = ["evaluate", "--task", "lambada", "--data", Passages, "--perturb", "all", "--json"];
        string Robustness(params string[] more) => tool.Run([.. command, .. more]).Json.GetProperty("robustness").GetRawText();
        Robustness("--seed", "3").ShouldBe(Robustness("--seed", "3"));
        JsonElement json = tool.Run([.. command, "--perturb-rate", "0"]).Json;
        json.GetProperty("robustness").EnumerateArray().Select(one => one.GetProperty("perturbation").GetString()).ShouldBe(["typo", "case"]);
        foreach (JsonElement one in json.GetProperty("robustness").EnumerateArray())
        {
            one.GetProperty("drop").GetProperty("value").GetDouble().ShouldBe(0);
            one.GetProperty("accuracy").GetRawText().ShouldBe(json.GetProperty("accuracy").GetRawText());
        }

        tool.Run(command).Json.GetProperty("robustness")[0].GetProperty("rate").GetDouble().ShouldBe(0.1);
    }

    [Fact]
    public void The_answer_is_a_table()
    {
        Outcome outcome = tool.Run("evaluate", "--task", "blimp", "--data", Pairs, "--against", CopyOfTheModel(), "--perturb", "case", "--perturb-rate", "0.25", "--quiet");
        outcome.Code.ShouldBe(0, outcome.Error);
        foreach (string line in (string[])["accuracy ", "  verbs", "  pronouns", "difference to it", "label loyalty to it", "100.00 %", "accuracy, case in 25 % of letters", "drop by it"])
        {
            outcome.Output.ShouldContain(line);
        }
    }

    [Fact]
    public void Threads_and_limit_do_what_they_say()
    {
        string Accuracy(string threads) => tool.Run("evaluate", "--task", "lambada", "--data", Passages, "--threads", threads, "--json").Json.GetProperty("lastWordPerplexity").GetRawText();
        Accuracy("1").ShouldBe(Accuracy("2"));
        tool.Run("evaluate", "--task", "lambada", "--data", Passages, "--limit", "1", "--json").Json.GetProperty("items").GetInt32().ShouldBe(1);
    }

    [Fact]
    public void A_context_that_is_too_short_is_told()
    {
        Outcome cut = tool.Run("evaluate", "--task", "lambada", "--data", Passages, "--context", "6", "--json");
        cut.Error.ShouldContain("2 of the texts are longer than the context of 6 positions");
        cut.Json.GetProperty("truncated").GetInt32().ShouldBe(2);
        tool.Run("evaluate", "--task", "multiple-choice", "--data", Questions, "--context", "2", "--quiet").Fault.ShouldContain("questions.jsonl:1: a text to score has");
    }

    [Fact]
    public void A_context_past_training_is_told_or_refused()
    {
        string passage = tool.Write("long.jsonl", $"{{\"text\":\"{string.Concat(Enumerable.Repeat("LONG WORDS ", 30))}END\"}}");
        using SmallModel llama = new(SmallShape.Find("llama"), TensorFormat.F16), gpt2 = new(SmallShape.Find("gpt2"), TensorFormat.F16);
        string[] command = ["--task", "lambada", "--data", passage, "--quiet", "--json"];
        Outcome longer = tool.Run(["evaluate", llama.Path, "--context", "400", .. command]);
        longer.Error.ShouldContain("are more than the 256 that the model was trained for");
        longer.Json.GetProperty("truncated").GetInt32().ShouldBe(0);
        tool.Run(["evaluate", gpt2.Path, "--context", "400", .. command]).Fault.ShouldContain("the model has 256 learned positions, the context 400");
        tool.Run(["evaluate", gpt2.Path, .. command]).Json.GetProperty("truncated").GetInt32().ShouldBe(1);
    }

    [Theory]
    [InlineData("--task: it is not given; use one of blimp")]
    [InlineData("--task: there is no task 'frob'", "--task", "frob")]
    [InlineData("--data: it is not given; name a file of which a line is {\"goal\"", "--task", "piqa")]
    [InlineData("--data: it is empty", "--task", "piqa", "--data", "")]
    [InlineData("missing.jsonl: there is no such file", "--task", "piqa", "--data", "missing.jsonl")]
    [InlineData("--perturb: there is no perturbation 'noise'", "--task", "piqa", "--data", "x", "--perturb", "noise")]
    [InlineData("--perturb-rate: nothing is perturbed", "--task", "piqa", "--data", "x", "--perturb-rate", "0.5")]
    [InlineData("--perturb-rate is '2'", "--task", "piqa", "--perturb-rate", "2")]
    [InlineData("--limit is '0'", "--limit", "0")]
    public void A_wrong_option_is_named(string expected, params string[] arguments) => tool.Run(["evaluate", .. arguments]).Fault.ShouldContain(expected);

    [Fact]
    public void A_wrong_line_or_model_is_named_before_the_work()
    {
        string wrong = tool.Write("wrong.jsonl", "{\"text\":\"two words\"}\n{\"text\":3}\n");
        tool.Run("evaluate", "--task", "lambada", "--data", wrong).Fault.ShouldContain("wrong.jsonl:2: \"text\" is a number, expected a text; a line of lambada is {\"text\":");
        tool.Run("evaluate", "missing.gguf", "--task", "lambada", "--data", Passages).Fault.ShouldContain("missing.gguf");
        tool.Run("evaluate", "--task", "lambada", "--data", Passages, "--against", "missing.gguf").Fault.ShouldContain("missing.gguf");
    }

    [Fact]
    public void Ctrl_C_stops_it()
    {
        tool.Cancellation = new CancellationToken(canceled: true);
        Outcome outcome = tool.Run("evaluate", "--task", "lambada", "--data", Passages);
        (outcome.Code, outcome.Output).ShouldBe((130, ""));
        outcome.Error.TrimEnd().ShouldBe("shoestring: stopped");
    }
}
