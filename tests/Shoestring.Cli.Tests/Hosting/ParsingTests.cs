namespace Shoestring.Cli.Tests;

public sealed class ParsingTests : IDisposable
{
    readonly Tool tool = new();

    public static TheoryData<string> Verbs => [.. VerbList.All().Select(verb => verb.Name)];

    [Fact]
    public void Without_arguments_help_is_the_answer()
    {
        Outcome outcome = tool.Run();
        outcome.Code.ShouldBe(0);
        outcome.Output.ShouldContain("Commands:");
        outcome.Output.ShouldContain("Examples:");
        outcome.Error.ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public void Each_verb_has_help_with_examples(string verb)
    {
        Outcome outcome = tool.Run(verb, "--help");
        outcome.Code.ShouldBe(0);
        outcome.Output.ShouldContain("Examples:");
        outcome.Output.ShouldContain($"shoestring {verb}");
        outcome.Output.ShouldContain("--json");
        outcome.Error.ShouldBeEmpty();
    }

    [Fact]
    public void An_unknown_verb_lists_those_there_are()
    {
        string fault = tool.Run("serve").Fault;
        fault.ShouldContain("'serve'");
        foreach (Verb verb in VerbList.All())
        {
            fault.ShouldContain(verb.Name);
        }
    }

    [Theory]
    [InlineData("--frob")]
    [InlineData("run", "--frob", "-p", "x")]
    [InlineData("inspect", "--frob")]
    [InlineData("compare", "a", "b", "--frob")]
    public void An_unknown_option_is_named(params string[] arguments) => tool.Run(arguments).Fault.ShouldContain("no option --frob");

    [Theory]
    [InlineData("--tokens is '0'", "run", "-p", "x", "-n", "0")]
    [InlineData("--tokens is 'many'", "run", "-p", "x", "-n", "many")]
    [InlineData("--temp is '-1'", "run", "-p", "x", "--temp", "-1")]
    [InlineData("--top-p is '1.5'", "run", "-p", "x", "--top-p", "1.5")]
    [InlineData("--kv-type is 'f8'", "run", "-p", "x", "--kv-type", "f8")]
    [InlineData("--threads is '0'", "doctor", "--threads", "0")]
    [InlineData("--seed is '-1'", "run", "-p", "x", "--seed", "-1")]
    [InlineData("--batch is '1,x'", "bench", "--batch", "1,x")]
    [InlineData("--context is '2'", "perplexity", "--context", "2")]
    [InlineData("--time-budget is 'soon'", "optimize", "--time-budget", "soon")]
    public void A_wrong_value_is_named(string expected, params string[] arguments) => tool.Run(arguments).Fault.ShouldContain(expected);

    [Theory]
    [InlineData("run", "-p")]
    [InlineData("apply")]
    [InlineData("compare", "one")]
    [InlineData("run", "a", "b")]
    public void What_is_missing_or_too_much_is_a_fault(params string[] arguments) => tool.Run(arguments).Fault.ShouldContain("--help");

    [Theory]
    [InlineData("@alice")]
    [InlineData("-5 degrees")]
    [InlineData("--- a line")]
    public void A_prompt_is_text_whatever_it_starts_with(string prompt)
    {
        Outcome outcome = tool.Run("tokenize", "-p", prompt, "--json", "--quiet");
        outcome.Code.ShouldBe(0, outcome.Error);
        string.Concat(outcome.Json.GetProperty("pieces").EnumerateArray().Select(piece => piece.GetString())).ShouldBe("<|endoftext|>" + prompt);
    }

    [Fact]
    public void The_version_is_one_line()
    {
        Outcome outcome = tool.Run("--version");
        outcome.Code.ShouldBe(0);
        outcome.Output.ShouldBe($"shoestring {VersionLine.Version}\n");
    }

    [Theory]
    [InlineData("90", 90)]
    [InlineData("60s", 60)]
    [InlineData("1.5m", 90)]
    [InlineData("2h", 7200)]
    public void Times_have_units(string text, double seconds) => Duration.Parse(text)!.Value.TotalSeconds.ShouldBe(seconds);

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("-3s")]
    [InlineData("3 days")]
    public void Other_times_are_none(string text) => Duration.Parse(text).ShouldBeNull();

    public void Dispose() => tool.Dispose();
}
