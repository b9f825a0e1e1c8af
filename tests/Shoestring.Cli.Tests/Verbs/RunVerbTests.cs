using System.Text.Json;

namespace Shoestring.Cli.Tests;

public sealed class RunVerbTests : IDisposable
{
    readonly Tool tool = new();

    [Fact]
    public void Without_a_prompt_each_line_is_answered_until_an_empty_one()
    {
        tool.Input = "Once upon a time\nand then\n\nnever read\n";
        Outcome outcome = tool.Run("run", "-n", "5", "--temp", "0", "--json");
        outcome.Code.ShouldBe(0, outcome.Error);
        outcome.Json.GetProperty("turns").GetArrayLength().ShouldBe(2);
        outcome.Json.GetProperty("turns")[0].GetProperty("text").GetString().ShouldBe(", a little boy named");
        outcome.Json.GetProperty("text").GetString().ShouldBe(outcome.Json.GetProperty("turns")[1].GetProperty("text").GetString());
        outcome.Error.ShouldContain("no chat template");
    }

    [Fact]
    public void A_chat_template_can_be_named()
    {
        long Prompt(params string[] more) => tool.Run(["run", "-p", "Hello", "-n", "1", "--json", .. more]).Json
            .GetProperty("receipt").GetProperty("work").GetProperty("promptTokens").GetInt64();
        Prompt("--chat-template", "chatml").ShouldBeGreaterThan(Prompt());
        Prompt("--chat-template", "chatml", "--system", "Be brief").ShouldBeGreaterThan(Prompt("--chat-template", "chatml"));
        tool.Run("run", "-p", "Hello", "--system", "Be brief").Fault.ShouldContain("--chat-template");
        tool.Run("run", "-p", "Hello", "--chat-template", "frob").Fault.ShouldContain("frob");
    }

    [Fact]
    public void A_file_of_prompts_gives_an_answer_a_line_and_each_is_what_it_is_alone()
    {
        string path = tool.Write("prompts.txt", "Once upon a time\r\n\n{\"prompt\":\"two\\nlines\"}\n" + string.Concat(Enumerable.Range(0, 20).Select(i => $"number {i}\n")));
        Outcome outcome = tool.Run("run", "--prompts", path, "-n", "5", "--temp", "0", "--json");
        outcome.Code.ShouldBe(0, outcome.Error);
        string[] lines = outcome.Output.TrimEnd('\n').Split('\n');
        lines.Length.ShouldBe(22 + 1);
        JsonElement[] answers = [.. lines[..22].Select(line => JsonDocument.Parse(line).RootElement)];
        answers.Select(answer => answer.GetProperty("index").GetInt32()).ShouldBe(Enumerable.Range(0, 22));
        answers[0].GetProperty("text").GetString().ShouldBe(", a little boy named");
        answers[1].GetProperty("prompt").GetString().ShouldBe("two\nlines");
        string alone = tool.Run("run", "-p", "number 7", "-n", "5", "--temp", "0", "--json").Json.GetProperty("text").GetString()!;
        answers[9].GetProperty("text").GetString().ShouldBe(alone);
        outcome.Json.GetProperty("answers").GetInt32().ShouldBe(22);
    }

    [Fact]
    public void Samples_go_on_where_others_ended()
    {
        string[] Samples(params string[] which)
        {
            Outcome outcome = tool.Run(["run", "-p", "Once upon a time", "-n", "12", "--temp", "1", "--seed", "4", "--json", .. which]);
            outcome.Code.ShouldBe(0, outcome.Error);
            return [.. outcome.Output.TrimEnd('\n').Split('\n')[..^1]];
        }

        string[] all = Samples("--samples", "70");
        all.Distinct().Count().ShouldBe(70);
        JsonElement last = JsonDocument.Parse(all[69]).RootElement;
        last.GetProperty("index").GetInt32().ShouldBe(69);
        last.GetProperty("text").GetString()!.ShouldStartWith("Once upon a time");
        Samples("--samples", "3").Concat(Samples("--samples", "2", "--first-sample", "3")).ShouldBe(all[..5]);
    }

    [Theory]
    [InlineData("--samples", "2", "--prompts", "x")]
    [InlineData("-p", "x", "--first-sample", "2")]
    public void Samples_of_nothing_are_a_fault(params string[] which) => tool.Run(["run", .. which]).Fault.ShouldContain("sample");

    [Theory]
    [InlineData("\n\n", "holds no prompt")]
    [InlineData("{\"text\":\"x\"}", "line 1")]
    [InlineData("fine\n{oops", "line 2")]
    public void A_wrong_file_of_prompts_is_a_fault(string text, string expected) =>
        tool.Run("run", "--prompts", tool.Write("prompts.txt", text)).Fault.ShouldContain(expected);

    [Fact]
    public void Two_prompts_are_one_too_many() => tool.Run("run", "-p", "x", "--prompts", "y").Fault.ShouldContain("2 prompts");

    [Fact]
    public void A_prompt_comes_from_a_file_or_from_standard_input()
    {
        string Text(params string[] source) => tool.Run(["run", .. source, "-n", "5", "--temp", "0", "--quiet"]).Output;
        tool.Input = "Once upon a time";
        Text("--file", "-").ShouldBe(", a little boy named\n");
        Text("--file", tool.Write("prompt.txt", "\uFEFFOnce upon a time")).ShouldBe(", a little boy named\n");
    }

    [Fact]
    public void Passing_the_trained_length_is_a_warning_of_one_line()
    {
        Outcome outcome = tool.Run("run", "-p", "x", "-n", "350", "--stop", "e", "--quiet");
        outcome.Code.ShouldBe(0);
        outcome.Error.ShouldStartWith("shoestring: warning: 352 positions are more than the 320");
        outcome.Error.TrimEnd('\n').ShouldNotContain('\n');
    }

    public void Dispose() => tool.Dispose();
}
