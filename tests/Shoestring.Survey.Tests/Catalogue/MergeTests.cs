namespace Shoestring.Survey.Tests;

public sealed class MergeTests
{
    static SourceEntry Entry(string place, string title, string? url = null, int? year = null, string? venue = null, string source = "a list") =>
        new(source, place, title) { Url = url, Year = year, Venue = venue };

    static MergeReport Merge(params SourceEntry[] entries) => CatalogueMerge.Run([], entries, []);

    [Fact]
    public void Spellings_of_one_identifier_are_one_paper()
    {
        MergeReport report = Merge(
            Entry("1", "Awq: Activationaware weight quantization for llm compression and acceleration", "https://arxiv.org/pdf/2306.00978v2", 2023, "arXiv"),
            Entry("9", "AWQ: Activation-aware Weight Quantization for LLM Compression and Acceleration", "http://www.arxiv.org/abs/2306.00978", 2024, "MLSys 2024", "another"));
        Paper paper = report.Papers.ShouldHaveSingleItem();
        paper.Key.ShouldBe("arxiv:2306.00978");
        paper.Title.ShouldBe("AWQ: Activation-aware Weight Quantization for LLM Compression and Acceleration");
        paper.Year.ShouldBe(2023);
        paper.Venue.ShouldBe("MLSys");
        paper.Url.ShouldBe("https://arxiv.org/abs/2306.00978");
        paper.Techniques.ShouldBe(["awq"]);
        paper.Provenance.Where(said => said.Field == "title").Select(said => said.Value).ShouldBe(
            ["Awq: Activationaware weight quantization for llm compression and acceleration", "AWQ: Activation-aware Weight Quantization for LLM Compression and Acceleration"]);
        report.Conflicts.ShouldContain(new MergeConflict("arxiv:2306.00978", "year", "2023", "2024", "another:9"));
    }

    [Fact]
    public void A_reprint_under_a_longer_title_joins_its_paper() => Merge(
        Entry("1", "AWQ: Activation-aware Weight Quantization for On-Device LLM Compression and Acceleration", "https://dl.acm.org/doi/pdf/10.1145/3714983.3714987"),
        Entry("2", "AWQ: Activation-aware Weight Quantization for LLM Compression and Acceleration", "https://arxiv.org/abs/2306.00978")).Papers.ShouldHaveSingleItem().Doi.ShouldBe("10.1145/3714983.3714987");

    [Fact]
    public void A_title_without_the_methods_name_is_the_same_title() => Merge(
        Entry("1", "Pruning Meets Low-Rank Parameter-Efficient Fine-Tuning"),
        Entry("2", "LoRAPrune: Pruning Meets Low-Rank Parameter-Efficient Fine-Tuning")).Papers.Count.ShouldBe(1);

    [Theory]
    [InlineData("SVD-LLM: Truncation-aware Singular Value Decomposition for Large Language Model Compression", "SVD-LLM V2: Truncation-aware Singular Value Decomposition for Large Language Model Compression")]
    [InlineData("SmoothQuant: Accurate and Efficient Post-Training Quantization", "SmoothQuant+: Accurate and Efficient Post-Training Quantization")]
    [InlineData("FlexQuant: Elastic Quantization Framework for Locally Hosted LLM on Edge Devices", "FlexQuant: A Flexible and Efficient Dynamic Precision Switching Framework for LLM Quantization")]
    public void A_successor_and_a_namesake_are_other_papers(string one, string other) => Merge(Entry("1", one), Entry("2", other)).Papers.Count.ShouldBe(2);

    [Fact]
    public void Two_identifiers_are_two_papers_whatever_their_titles()
    {
        MergeReport report = Merge(Entry("1", "One and the same long title", "https://arxiv.org/abs/2301.00001"), Entry("2", "One and the same long title", "https://arxiv.org/abs/2401.00001"));
        report.Papers.Count.ShouldBe(2);
        report.Conflicts.ShouldContain(conflict => conflict.Field == "identity" && conflict.Where == "a list:2");
    }

    [Fact]
    public void An_identifier_that_is_taken_does_not_swallow_another_paper()
    {
        MergeReport report = Merge(
            Entry("594", "Qrazor: Reliable and effortless 4-bit llm quantization by significant data razoring", "https://arxiv.org/abs/2501.13331"),
            Entry("596", "OstQuant: Refining Models with Orthogonal and Scaling Transformations for Better Distribution Fitting", "https://arxiv.org/abs/2501.13331"));
        report.Papers.Count.ShouldBe(2);
        report.Papers.Count(paper => paper.Arxiv == "2501.13331").ShouldBe(1);
        report.Conflicts.ShouldContain(conflict => conflict.Field == "identity");
    }

    [Fact]
    public void A_known_error_is_mended_and_stays_on_record()
    {
        var mend = new Mend("a list", "1", "year", "2025", "2024", "posted in 2024");
        Paper paper = CatalogueMerge.Run([], [Entry("1", "A paper of the archive", year: 2025)], [mend]).Papers[0];
        paper.Year.ShouldBe(2024);
        paper.Provenance.ShouldContain(new Provenance("year", "a list", "1", "2025"));
        paper.Provenance.ShouldContain(new Provenance("year", "mended: posted in 2024", "1", "2024"));
        CatalogueMerge.Run([], [Entry("1", "A paper of the archive", year: 2023)], [mend]).Mends.ShouldBeEmpty("the source was mended since");
    }

    [Fact]
    public void Importing_twice_changes_nothing()
    {
        SourceEntry[] entries = [Entry("1", "A first title of some length", "https://arxiv.org/abs/2301.00001", 2023, "ICML 2023"), Entry("2", "A second title of another kind")];
        IReadOnlyList<Paper> once = Merge(entries).Papers;
        MergeReport twice = CatalogueMerge.Run(once, entries, []);
        twice.Papers.Select(CatalogueJson.Line).ShouldBe(once.Select(CatalogueJson.Line));
        twice.Counts[0].ShouldBe(new SourceCount("a list", 2, 0, 2, 0, 0));
    }

    [Fact]
    public void An_entry_without_words_is_dropped_with_a_reason()
    {
        MergeReport report = Merge(Entry("1", "…"), Entry("2", "A title"));
        report.Dropped.ShouldHaveSingleItem().Reason.ShouldContain("no words");
        report.Counts[0].ShouldBe(new SourceCount("a list", 2, 1, 0, 0, 1));
    }

    [Fact]
    public void Counts_add_up_over_the_three_sources()
    {
        MergeReport report = CatalogueMerge.Run([], TestData.Sources, Mend.Known);
        report.Counts.Select(count => (count.Source, count.In)).ShouldBe([(TestData.List, 179), (TestData.References, 241), (TestData.Second, 789)]);
        report.Counts.ShouldAllBe(count => count.In == count.New + count.Merged + count.Repeated + count.Dropped);
        report.Counts.Sum(count => count.New).ShouldBe(report.Papers.Count);
    }
}
