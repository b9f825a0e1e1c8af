using System.Text.RegularExpressions;
using Shoestring.Metering;
using Shoestring.Tensors;

namespace Shoestring.Experiments.Tests;

public sealed partial class HtmlReportTests
{
    const string Hostile = "</script></title><img src=x onerror=alert(1)>\"'&\u202Eevil\u0007";

    [Fact]
    public void Shows_every_candidate_the_choice_and_the_budget()
    {
        OptimizeResult result = SampleSearch.Run();
        string page = HtmlReport.Page(result);
        foreach (ReportRow row in ReportRow.Of(result))
        {
            page.ShouldContain($">{row.Name}<");
        }

        page.ShouldContain("quality ≥ 99.0 %");
        page.ShouldContain("stories15M-f16");
        page.ShouldContain("shoestring apply models/stories15M-f16.gguf -t quantize:format=Q4_0 -o Q4_0.gguf");
        page.ShouldContain("the measurer of these numbers does not compute it");
    }

    [Fact]
    public void Names_cannot_break_out_of_their_place()
    {
        OptimizeResult sample = SampleSearch.Run();
        OptimizeResult result = sample with
        {
            Model = new SearchedModel(Hostile, Hostile, Hostile),
            Text = new SearchText(Hostile, Hostile, Hostile),
            Settings = Hostile,
            Command = Hostile,
            ChosenModel = Hostile,
            Version = Hostile,
            Warnings = [Hostile],
            LeftOut = [new LeftOut([Hostile], Hostile)],
            Budget = [Hostile],
            Choice = sample.Choice with { Reason = Hostile },
            Candidates = [.. sample.Candidates.Select(one => one with { Techniques = [Hostile + one.Label], Fallbacks = [new Fallback(Hostile, Hostile, Hostile)] })],
        };
        string page = HtmlReport.Page(result);
        page.ShouldNotContain("<img");
        page.ShouldNotContain("\u202E");
        page.ShouldNotContain("\u0007");
        ScriptEnd().Count(page).ShouldBe(2);
        page.ShouldContain("&lt;img src=x onerror=alert(1)&gt;");
    }

    [Fact]
    public void Loads_nothing_from_elsewhere()
    {
        string page = HtmlReport.Page(SampleSearch.Run());
        External().IsMatch(page).ShouldBeFalse();
        page.ShouldContain("default-src 'none'");
    }

    [Fact]
    public void Every_id_is_used_once_and_every_reference_leads_somewhere()
    {
        string page = HtmlReport.Page(SampleSearch.Run());
        string[] ids = [.. Id().Matches(page).Select(match => match.Groups[1].Value)];
        ids.ShouldBeUnique();
        foreach (Match match in Reference().Matches(page))
        {
            match.Groups[1].Value.Split(' ').ShouldBeSubsetOf(ids);
        }
    }

    [Fact]
    public void Numbers_keep_the_digits_that_tell_candidates_apart()
    {
        ReportNumber.Format(CandidateMetric.Get("perplexity"), 6.2053).ShouldBe("6.205");
        ReportNumber.Format(CandidateMetric.Get("quality"), 99.746).ShouldBe("99.75 %");
        ReportNumber.Format(CandidateMetric.Get("topOneAgreement"), 0.9871).ShouldBe("98.71 %");
        ReportNumber.Format(CandidateMetric.Get("storedBytes"), 48.8e6).ShouldBe("48.8 MB");
        ReportNumber.Format(CandidateMetric.Get("joulesPerToken"), 0.0121).ShouldBe("12.1 mJ");
    }

    [Fact]
    public void Nothing_chosen_and_nothing_but_the_baseline_make_a_page_too()
    {
        HtmlReport.Page(SampleSearch.Run("storedBytes<=1MB")).ShouldContain("Nothing meets the budget");
        var alone = SampleSearch.Options() with { Candidates = [], LeftOut = [] };
        HtmlReport.Page(SampleSearch.Run(new TableMeasurer(), alone)).ShouldContain("A plot takes two figures");
    }

    [Fact]
    public void Is_written_whole_or_not_at_all()
    {
        string folder = Directory.CreateTempSubdirectory("shoestring-report-").FullName;
        try
        {
            string path = Path.Combine(folder, "report.html");
            HtmlReport.Write(SampleSearch.Run(), path);
            File.ReadAllText(path).ShouldEndWith("</html>\n");
            Should.Throw<InputException>(() => HtmlReport.Write(SampleSearch.Run(), folder)).Where.ShouldBe(folder);
            Directory.GetFiles(folder).ShouldBe([path]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("plain/file-1.gguf", "plain/file-1.gguf")]
    [InlineData("", "''")]
    [InlineData("two words", "'two words'")]
    [InlineData("it's; rm *", "'it'\\''s; rm *'")]
    public void Arguments_are_quoted_for_the_shell(string argument, string expected) => ReproduceSection.Quote(argument).ShouldBe(expected);

    [Fact]
    public void Rows_are_what_a_terminal_needs()
    {
        OptimizeResult result = SampleSearch.Run();
        ReportRow chosen = ReportRow.Of(result).Single(row => row.IsChosen);
        chosen.Name.ShouldBe("Q6_K");
        chosen.Cells.Select(cell => cell.Metric).ShouldBe(ReportRow.Columns(result));
        ReportRow.Columns(result).ShouldNotContain(CandidateMetric.Get("probabilityLoyalty"));
        ReportCell bytes = chosen.Cells[0];
        (bytes.Text, bytes.PredictionError).ShouldBe(("22.4 MB", "−0.2 %"));
    }

    [GeneratedRegex("</script", RegexOptions.IgnoreCase)]
    private static partial Regex ScriptEnd();

    [GeneratedRegex("""(src|href)="(?!#)|url\(|@import|https?://(?!www\.w3\.org/2000/svg)""")]
    private static partial Regex External();

    [GeneratedRegex("""\sid="([^"]+)""")]
    private static partial Regex Id();

    [GeneratedRegex("""aria-labelledby="([^"]+)""")]
    private static partial Regex Reference();
}
