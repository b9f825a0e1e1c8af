namespace Shoestring.Survey.Tests;

public sealed class LintTests
{
    static readonly IReadOnlyList<LintFinding> findings = Lint.Find(TestData.Sources);

    static IEnumerable<LintFinding> At(string source, int place) => findings.Where(finding => finding.Source == source && finding.Place == $"{place}" && finding.Level == LintLevel.Error);

    [Fact]
    public void No_false_alarm_is_raised_on_the_sample()
    {
        var alarms = new List<string>();
        foreach (SampleEntry entry in TestData.Sample())
        {
            foreach (LintFinding finding in findings.Where(finding => finding.Source == TestData.Source(entry.File) && finding.Place == entry.Place && finding.Level == LintLevel.Error))
            {
                // A link to another paper shows in its identifier too.
                string field = finding.Field == "arxiv" ? "url" : finding.Field;
                if (!entry.WrongFields.Contains(field))
                {
                    alarms.Add($"{entry.File}:{entry.Place} {finding.Rule} {finding.Field} {finding.Found} -> {finding.Mend}");
                }
            }
        }

        alarms.ShouldBeEmpty();
    }

    [Fact]
    public void Most_of_what_is_wrong_in_the_sample_is_found()
    {
        (int Wrong, int Found) all = (0, 0);
        var missed = new List<string>();
        foreach (SampleEntry entry in TestData.Sample())
        {
            foreach (string field in entry.WrongFields)
            {
                bool found = findings.Any(finding => finding.Source == TestData.Source(entry.File) && finding.Place == entry.Place && finding.Field == field);
                all = (all.Wrong + 1, all.Found + (found ? 1 : 0));
                if (!found)
                {
                    missed.Add($"{entry.File}:{entry.Place} {field}");
                }
            }
        }

        all.Wrong.ShouldBe(120);
        all.Found.ShouldBeGreaterThanOrEqualTo(116, string.Join(", ", missed));
    }

    [Fact]
    public void The_duplicated_identifiers_are_found() =>
        findings.Where(finding => finding.Rule == "duplicate-id" && finding.Source == TestData.List).Select(finding => finding.Place).ShouldBe(["281", "294", "295", "301", "302"]);

    [Fact]
    public void A_paper_under_two_addresses_is_found() => At(TestData.List, 234).ShouldContain(finding => finding.Rule == "duplicate-title" && finding.Mend.Contains("218"));

    [Fact]
    public void Three_spellings_of_arxiv_are_made_one() =>
        findings.Where(finding => finding.Rule == "venue-spelling" && finding.Source == TestData.List && finding.Mend == "arXiv").Select(finding => finding.Found).Distinct().Order(StringComparer.Ordinal).ShouldBe(["ArXiv", "Arxiv"]);

    [Fact]
    public void The_wrong_paper_is_found_and_the_meant_one_proposed()
    {
        LintFinding finding = At(TestData.List, 239).Single(finding => finding.Rule == "other-work");
        finding.Found.ShouldBe("https://arxiv.org/abs/2305.10727");
        finding.Why.ShouldContain("Boost transformer-based language models", Case.Insensitive);
    }

    [Theory]
    [InlineData(196, "Importance sampling")]
    [InlineData(128, "Full-parameter fine-tuning")]
    [InlineData(287, "Modular network")]
    [InlineData(288, "Modular network")]
    [InlineData(164, "Importance sampling")]
    public void Papers_in_the_wrong_section_are_found(int line, string leaf) => At(TestData.List, line).ShouldContain(finding => finding.Rule == "wrong-section" && finding.Mend == leaf);

    [Theory]
    [InlineData(141)]
    [InlineData(164)]
    public void Tokens_in_links_are_found(int line) => At(TestData.List, line).ShouldContain(finding => finding.Rule == "tracking-parameter" && !finding.Mend.Contains("casa_token"));

    [Theory]
    [InlineData(301, "venue-contradicts-year")]
    [InlineData(105, "venue-publisher")]
    [InlineData(272, "venue-publisher")]
    [InlineData(104, "venue-not-there")]
    [InlineData(107, "venue-not-there")]
    [InlineData(65, "year-contradicts-link")]
    [InlineData(170, "year-contradicts-link")]
    [InlineData(100, "year-contradicts-arxiv")]
    [InlineData(271, "dead-host")]
    [InlineData(227, "title-hyphens")]
    [InlineData(112, "title-name")]
    [InlineData(131, "venue-findings")]
    public void Errors_of_these_kinds_are_found_beyond_the_named_ones(int line, string rule) => At(TestData.List, line).Select(finding => finding.Rule).ShouldContain(rule);

    [Theory]
    [InlineData(596, "one-id-two-titles")]
    [InlineData(1221, "one-id-two-titles")]
    [InlineData(1160, "duplicate-rest")]
    [InlineData(1471, "duplicate-title")]
    [InlineData(84, "venue-year-twice")]
    [InlineData(816, "year-missing")]
    [InlineData(818, "title-capitals")]
    [InlineData(316, "title-misspelled")]
    [InlineData(466, "title-misspelled")]
    [InlineData(474, "title-misspelled")]
    [InlineData(248, "title-misspelled")]
    [InlineData(622, "title-spaces")]
    [InlineData(990, "empty-query")]
    public void They_are_found_in_the_second_list(int line, string rule) =>
        findings.Where(finding => finding.Source == TestData.Second && finding.Place == $"{line}").Select(finding => finding.Rule).ShouldContain(rule);

    [Fact]
    public void Identifiers_from_memory_are_noted_not_blamed()
    {
        LintFinding[] unchecked_ = [.. findings.Where(finding => finding.Rule == "unchecked-id")];
        unchecked_.ShouldNotBeEmpty();
        unchecked_.ShouldAllBe(finding => finding.Level == LintLevel.Note && finding.Source == TestData.References);
    }

    [Fact]
    public void The_lists_own_words_are_checked()
    {
        IReadOnlyList<LintFinding> text = ListTextRules.Find(TestData.Read("awesome-list.md"), "list");
        text.Single(finding => finding.Rule == "unit-of-energy").Mend.ShouldBe("electrical energy");
        text.Single(finding => finding.Rule == "acronym").Mend.ShouldBe("Long Range Arena (LRA)");
        text.Single(finding => finding.Rule == "fork").Found.ShouldContain("SotaroKaneda/MLCarbon");
        text.Count.ShouldBe(3, string.Join('\n', text));
    }

    [Fact]
    public void What_a_list_leaves_out_is_told()
    {
        string[] missing = [.. Lint.Coverage(TestData.Sources).Where(row => row.Count[TestData.List] == 0).Select(row => row.Leaf)];
        missing.ShouldContain("Knowledge distillation");
        missing.ShouldContain("Low-rank approximation");
        missing.ShouldContain("Early exit");
        missing.ShouldContain("Token parallelism");
        missing.ShouldNotContain("Pruning");
    }

    [Fact]
    public void Planted_errors_are_found_each_by_its_rule()
    {
        SourceEntry clean = new("plant", "1", "A Fine Study of Sparse Attention in Language Models") { Url = "https://arxiv.org/abs/2401.01234", Arxiv = "2401.01234", Year = 2024, Venue = "arXiv" };
        Lint.Find([clean]).ShouldBeEmpty();
        (string Rule, SourceEntry Entry)[] plants =
        [
            ("no-address", clean with { Url = "arxiv.org/abs/2401.01234" }),
            ("tracking-parameter", clean with { Url = "https://arxiv.org/abs/2401.01234?utm_source=feed" }),
            ("link-contradicts-id", clean with { Arxiv = "2402.09999" }),
            ("year-missing", clean with { Year = null }),
            ("year-contradicts-arxiv", clean with { Year = 2023 }),
            ("venue-spelling", clean with { Venue = "ARXIV" }),
            ("venue-contradicts-year", clean with { Venue = "ICML 2022" }),
            ("venue-year-twice", clean with { Venue = "Some Workshop 2024 2024" }),
            ("venue-publisher", clean with { Venue = "PMLR", Url = "https://proceedings.mlr.press/v235/x24a.html", Arxiv = null }),
            ("title-capitals", clean with { Title = "A FINE STUDY OF SPARSE ATTENTION" }),
            ("title-spaces", clean with { Title = "A Fine  Study" }),
            ("wrong-section", clean with { Title = "Perplexity-Based Data Pruning", Section = "Pruning" }),
        ];
        foreach ((string rule, SourceEntry entry) in plants)
        {
            Lint.Find([entry]).Select(finding => finding.Rule).ShouldContain(rule);
        }
    }

    [Fact]
    public void What_arxiv_says_of_an_identifier_is_held_against_the_title()
    {
        SourceEntry entry = new("list", "324", "AffineQuant: Affine Transformation Quantization for Large Language Models") { Url = "https://arxiv.org/abs/2402.00858" };
        SourceEntry archive = new("arXiv", "2402.00858", "Can Large Language Models Understand Context?") { Arxiv = "2402.00858" };
        LintOnline.Find([entry], [archive]).ShouldHaveSingleItem().Rule.ShouldBe("id-of-other");
        LintOnline.Find([entry], [archive with { Title = entry.Title }]).ShouldBeEmpty();
        LintOnline.Find([entry], []).ShouldHaveSingleItem().Rule.ShouldBe("id-unknown");
    }
}
