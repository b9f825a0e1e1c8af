using System.Text.Json;

namespace Shoestring.Cli.Tests;

public sealed class PapersVerbTests : IDisposable
{
    const string List = """
        ## Papers
        ### Quantization

        - A First Made-up Paper on Rounding Weights <br> Arxiv 2023 [[Paper]](https://arxiv.org/abs/2401.99901?utm_source=x)

        - A Second <script>alert(1)</script> Paper <br> ICML 2024 [[Paper]](https://arxiv.org/abs/2402.99902)
        """;

    readonly Tool tool = new();

    [Fact]
    public void A_fresh_machine_has_the_catalogue_and_stays_as_it_was()
    {
        JsonElement json = tool.Run("papers", "--json").Json;
        json.GetProperty("papers").GetInt32().ShouldBeGreaterThan(900);
        json.GetProperty("leaves").GetArrayLength().ShouldBeGreaterThan(24);
        tool.Run("papers", "search", "attention", "sinks").Output.ShouldContain("runs here: streaming-llm");
        tool.Run("papers", "show", "2306.00978", "--json").Json.GetProperty("title").GetString().ShouldStartWith("AWQ");
        File.Exists(tool.At("catalogue.db")).ShouldBeFalse();
    }

    [Fact]
    public void A_list_is_imported_and_found_again()
    {
        string list = tool.Write("list.md", List);
        JsonElement json = tool.Run("papers", "import", list, "--json").Json;
        JsonElement source = json.GetProperty("sources")[0];
        (source.GetProperty("in").GetInt32(), source.GetProperty("new").GetInt32(), source.GetProperty("dropped").GetInt32()).ShouldBe((2, 2, 0));
        Outcome found = tool.Run("papers", "search", "made-up rounding");
        found.Output.ShouldStartWith("A First Made-up Paper on Rounding Weights\n  arxiv:2401.99901  2023");
        tool.Run("papers", "import", list, "--dry-run").Output.ShouldContain("known errors mended");
        tool.Run("papers", "import", list, "--empty").Fault.ShouldContain("--empty is for a new catalogue");
        tool.Run("ledger", "--json").Json.GetProperty("entries").EnumerateArray().Select(entry => entry.GetProperty("verb").GetString()).ShouldContain("papers import");
    }

    [Fact]
    public void Lint_tells_errors_by_its_exit_code()
    {
        string list = tool.Write("list.md", List);
        Outcome outcome = tool.Run("papers", "lint", list, "--json");
        outcome.Code.ShouldBe(1);
        outcome.Json.GetProperty("rules").EnumerateArray().Select(rule => rule.GetProperty("rule").GetString()).ShouldBe(["tracking-parameter", "venue-spelling", "year-contradicts-arxiv"], ignoreOrder: true);
        tool.Run("papers", "lint", list).Output.ShouldContain("https://arxiv.org/abs/2401.99901?utm_source=x\" → https://arxiv.org/abs/2401.99901");
        string clean = tool.Write("clean.md", List.Replace("?utm_source=x", "").Replace("Arxiv 2023", "arXiv 2024"));
        tool.Run("papers", "lint", clean).Code.ShouldBe(0);
    }

    [Theory]
    [InlineData("bibtex", "@")]
    [InlineData("csv", "key,title")]
    [InlineData("markdown", "# Papers")]
    [InlineData("atom", "<?xml")]
    [InlineData("csl-json", "[")]
    [InlineData("jsonl", "{\"key\"")]
    public void Papers_are_exported(string format, string beginning)
    {
        tool.Run("papers", "export", "--format", format, "--family", "Early exit").Output.ShouldStartWith(beginning);
        string file = tool.At("out.txt");
        tool.Run("papers", "export", "quantization", "--format", format, "-o", file, "--quiet").Code.ShouldBe(0);
        File.ReadAllText(file).ShouldStartWith(beginning);
    }

    [Fact]
    public void A_title_is_classified_or_asked_about()
    {
        JsonElement json = tool.Run("papers", "classify", "KV Cache Quantization for Efficient KV Cache Compression", "--json").Json.GetProperty("papers")[0];
        json.GetProperty("candidates")[0].GetProperty("leaf").GetString().ShouldBe("Key-value cache compression");
        json.GetProperty("asks").GetBoolean().ShouldBeFalse();
        tool.Run("papers", "classify", "Zebras and umbrellas").Output.ShouldContain("please choose");
    }

    [Fact]
    public void Wrong_input_is_told_in_one_line()
    {
        tool.Run("papers", "search", "x", "--family", "Nowhere").Fault.ShouldContain("Early exit");
        tool.Run("papers", "search", "x", "--year", "soon").Fault.ShouldContain("2023-2025");
        tool.Run("papers", "show", "nothing").Fault.ShouldContain("no such paper");
        tool.Run("papers", "export").Fault.ShouldContain("--format");
        tool.Run("papers", "import", tool.At("missing.md")).Fault.ShouldContain("no such file");
        tool.Run("papers", "search", "x", "--catalogue", tool.At("missing.db")).Fault.ShouldContain("no such catalogue");
        tool.Run("papers", "classify").Fault.ShouldContain("TITLE");
        tool.Run("papers", "update", "--from", "nowhere").Fault.ShouldContain("arxiv, openalex or both");
        tool.Run("papers", "search", "--nonsense").Fault.ShouldContain("see shoestring papers search --help");
    }

    [Fact]
    public void Every_part_has_help()
    {
        foreach (string part in (string[])["import", "lint", "search", "show", "classify", "update", "export"])
        {
            tool.Run("papers", part, "--help").Output.ShouldContain($"shoestring papers {part}");
        }
    }

    public void Dispose() => tool.Dispose();
}
