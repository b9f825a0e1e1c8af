namespace Shoestring.Survey.Tests;

public sealed class BuiltInTests
{
    static readonly IReadOnlyList<Paper> papers = Survey.Catalogue.BuiltIn();

    [Fact]
    public void Every_entry_of_the_three_sources_is_in_one_paper()
    {
        (string, string?)[] places = [.. papers.SelectMany(paper => paper.Provenance.Where(said => said.Field == "title" && !said.Source.StartsWith("mended", StringComparison.Ordinal)).Select(said => (said.Source, said.Place)))];
        places.Length.ShouldBe(179 + 241 + 789);
        places.Distinct().Count().ShouldBe(places.Length);
    }

    [Fact]
    public void Every_paper_is_there_once()
    {
        papers.Select(paper => paper.Key).ShouldBeUnique();
        papers.Where(paper => paper.Arxiv is not null).Select(paper => paper.Arxiv).ShouldBeUnique();
        papers.Select(paper => TitleText.Compact(paper.Title)).ShouldBeUnique();
    }

    [Fact]
    public void It_is_what_the_merge_of_the_sources_gives()
    {
        string[] merged = [.. CatalogueMerge.Run([], TestData.Sources, Mend.Known).Papers.Select(CatalogueJson.Line)];
        merged.Except(papers.Select(CatalogueJson.Line)).ShouldBeEmpty();
        merged.Length.ShouldBe(papers.Count);
    }

    [Fact]
    public void All_mends_are_of_errors_that_are_there() =>
        CatalogueMerge.Run([], TestData.Sources, Mend.Known).Mends.Select(mend => mend.Mend).ShouldBe(Mend.Known, ignoreOrder: true);

    [Fact]
    public void Known_errors_are_mended_in_it()
    {
        Find("2407.17678").Year.ShouldBe(2024);
        Find("2405.20541").Homes.Select(home => home.Name).ShouldBe(["Importance sampling"]);
        Find("2403.17919").Homes.Select(home => home.Name).ShouldBe(["Full-parameter fine-tuning"]);
        Find("2401.13920").Homes.Select(home => home.Name).ShouldBe(["Modular network"]);
        papers.ShouldNotContain(paper => paper.Arxiv == "2305.10727", "the vision work that was linked by mistake");
        papers.Single(paper => paper.Title.StartsWith("Boost Transformer-based Language Models", StringComparison.Ordinal)).Url.ShouldBe("https://aclanthology.org/2023.findings-acl.15/");
        Find("2306.00978").Provenance.Count(said => said.Field == "title").ShouldBe(4, "both of the list's addresses, the survey and the second list");
        papers.Where(paper => paper.Venue is not null).ShouldAllBe(paper => paper.Venue != "Arxiv" && paper.Venue != "ArXiv");
        papers.Where(paper => paper.Url is not null).ShouldAllBe(paper => PaperIdentity.Trackers(paper.Url).Count == 0);
    }

    [Fact]
    public void Papers_of_the_techniques_are_linked_to_them()
    {
        Find("2306.00978").Techniques.ShouldBe(["awq"]);
        papers.Count(paper => paper.Techniques.Count > 0).ShouldBeGreaterThan(20);
    }

    [Fact]
    public void All_is_text_of_one_line_and_addresses_of_the_web()
    {
        papers.ShouldAllBe(paper => !paper.Title.Any(char.IsControl) && paper.Title == paper.Title.Trim());
        papers.ShouldAllBe(paper => paper.Url == null || paper.Url.StartsWith("http", StringComparison.Ordinal));
    }

    static Paper Find(string arxiv) => papers.Single(paper => paper.Arxiv == arxiv);
}
