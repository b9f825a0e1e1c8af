namespace Shoestring.Cli.Tests;

public sealed class FaultTests : IDisposable
{
    readonly Tool tool = new();

    [Theory]
    [InlineData("run", "missing.gguf", "-p", "x")]
    [InlineData("inspect", "missing.gguf")]
    [InlineData("tokenize", "missing.gguf", "-p", "x")]
    [InlineData("perplexity", "missing.gguf", "missing.txt")]
    [InlineData("bench", "missing.gguf")]
    [InlineData("apply", "missing.gguf", "-o", "unwritten.gguf")]
    [InlineData("compare", "missing.gguf", "other.gguf", "missing.txt")]
    [InlineData("perplexity", "missing.txt")]
    [InlineData("tokenize", "--file", "missing.txt")]
    [InlineData("run", "--prompts", "missing.txt")]
    [InlineData("optimize", "--text", "missing.txt")]
    public void A_missing_file_is_named(params string[] arguments)
    {
        string fault = tool.Run(arguments).Fault;
        fault.ShouldContain("missing.");
        fault.ShouldContain("there is no such file");
    }

    [Theory]
    [InlineData("run")]
    [InlineData("tokenize")]
    public void An_empty_prompt_is_a_fault(string verb) => tool.Run(verb, "-p", "").Fault.ShouldContain("the text is empty");

    [Fact]
    public void A_prompt_longer_than_the_context_is_a_fault() =>
        tool.Run("run", "-p", "one two three four five six", "--context", "4").Fault.ShouldContain("context 4");

    [Fact]
    public void A_full_context_is_a_fault_that_names_the_way_out()
    {
        Outcome outcome = tool.Run("run", "-p", "one", "--context", "6", "-n", "40", "--quiet");
        outcome.Fault.ShouldContain("--context-shift");
        tool.Run("run", "-p", "one", "--context", "6", "-n", "40", "--context-shift", "--quiet").Code.ShouldBe(0);
    }

    [Theory]
    [InlineData("no technique 'frob'", "frob")]
    [InlineData("no option 'frob'", "quantize:frob=1")]
    [InlineData("unknown quantization 'Q9_9'", "quantize:format=Q9_9")]
    [InlineData("pure is 'perhaps'", "quantize:pure=perhaps")]
    [InlineData("option format has no value", "quantize:format=")]
    [InlineData("given twice", "quantize:pure=true,pure=true")]
    public void A_wrong_technique_is_named_and_nothing_is_written(string expected, string technique)
    {
        tool.Run("apply", "-t", technique, "-o", tool.At("out.gguf")).Fault.ShouldContain(expected);
        Directory.GetFiles(tool.Folder).ShouldBeEmpty();
    }

    [Fact]
    public void A_file_that_is_no_model_is_named()
    {
        string path = tool.Write("notes.txt", "these are notes, and they are long enough to be looked at");
        tool.Run("inspect", path).Fault.ShouldContain(path);
    }

    [Fact]
    public void An_unknown_region_is_a_fault() => tool.Run("doctor", "--region", "Atlantis").Fault.ShouldContain("Atlantis");

    [Fact]
    public void A_damaged_price_list_is_a_fault()
    {
        tool.Write("prices.json", "{");
        tool.Run("doctor").Fault.ShouldContain("prices.json");
    }

    [Fact]
    public void A_wrong_budget_is_a_fault() => tool.Run("optimize", "--budget", "happiness>=9", "-o", tool.At("out")).Fault.ShouldContain("happiness");

    [Fact]
    public void A_ledger_that_cannot_be_written_is_a_warning_and_no_fault()
    {
        string file = tool.Write("file", "in the way");
        Outcome outcome = tool.Run(tool.Folders with { Data = Path.Combine(file, "data") }, "tokenize", "-p", "x", "--quiet");
        outcome.Code.ShouldBe(0);
        outcome.Error.ShouldStartWith("shoestring: warning: the receipt was not kept");
        outcome.Error.TrimEnd('\n').ShouldNotContain('\n');
    }

    [Theory]
    [InlineData("run", "-p", "x", "-n", "1000")]
    [InlineData("run")]
    [InlineData("run", "--prompts", "PROMPTS")]
    [InlineData("perplexity")]
    [InlineData("bench", "--repeat", "1")]
    [InlineData("apply", "-t", "quantize", "-o", "OUT")]
    [InlineData("optimize", "-o", "OUT")]
    public void When_interrupted_the_exit_code_is_130_and_nothing_half_made_remains(params string[] arguments)
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        tool.Cancellation = stop.Token;
        string prompts = tool.Write("prompts.txt", "one\ntwo");
        string output = tool.At("out");
        Outcome outcome = tool.Run([.. arguments.Select(word => word.Replace("PROMPTS", prompts, StringComparison.Ordinal).Replace("OUT", output, StringComparison.Ordinal))]);
        outcome.Code.ShouldBe(130, outcome.Error);
        outcome.Error.ShouldNotContain("   at ");
        Directory.GetFiles(tool.Folder, "*.gguf", SearchOption.AllDirectories).Where(path => !path.Contains("default-", StringComparison.Ordinal)).ShouldBeEmpty();
        Directory.GetFiles(tool.Folder, "*.tmp", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    [Fact]
    public void A_fault_of_our_own_is_one_line_and_shows_where_when_asked()
    {
        var error = new StringWriter();
        var host = new Host { Output = TextWriter.Null, Error = error, Folders = tool.Folders };
        VerbRunner.Fault(new InvalidOperationException("a\nb"), host).ShouldBe(1);
        error.ToString().TrimEnd().ShouldBe("shoestring: InvalidOperationException: a b; this is a fault of shoestring, SHOESTRING_TRACE=1 shows where");
        VerbRunner.Fault(new InvalidOperationException("c"), host with { Environment = _ => "1" }).ShouldBe(1);
        error.ToString().ShouldContain("System.InvalidOperationException: c");
    }

    [Fact]
    public void A_fault_on_a_worker_thread_is_the_users_when_its_cause_is()
    {
        var error = new StringWriter();
        var host = new Host { Output = TextWriter.Null, Error = error, Folders = tool.Folders };
        VerbRunner.Fault(new AggregateException(new AggregateException(new InputException("what", "where", "cure"))), host).ShouldBe(2);
        error.ToString().TrimEnd().ShouldBe("shoestring: where: what; cure");
    }

    public void Dispose() => tool.Dispose();
}
