using Shoestring.Techniques;

namespace Shoestring.Survey.Tests;

public sealed class SiteDataTests
{
    static readonly string[] beyond = ["Optimizer state", "Activation memory", "Model growth", "Prompt-based", "Lossless compression", "Key-value cache compression"];

    [Fact]
    public void The_texts_are_of_the_tree_s_leaves_in_its_order_24_of_them_the_survey_s()
    {
        SiteData.Tree.Families.Select(text => text.Family).ShouldBe(SurveyTree.Families.Select(family => family.Name));
        SiteData.Tree.Stages.Select(stage => stage.Name).ShouldBe(SurveyTree.Families.Select(family => family.Stage).Distinct());
        SiteData.Tree.Families.Where(text => text.Beyond).Select(text => text.Family).ShouldBe(beyond, ignoreOrder: true);
        SiteData.Tree.Families.Count(text => !text.Beyond).ShouldBe(24);
        SiteData.Tree.Families.ShouldAllBe(text => text.Beyond == (text.Section == null) && text.Provenance == (text.Beyond ? "inferred" : "read"));
    }

    [Fact]
    public void Table_2_has_26_rows_with_marks_that_are_direct_or_indirect()
    {
        SiteData.Claims.Rows.Count.ShouldBe(26);
        SiteData.Claims.Rows.SelectMany(row => row.Marks.Values).ShouldAllBe(mark => mark == "D" || mark == "I" || mark == "D?" || mark == "I?");
        SiteData.Claims.Rows.SelectMany(row => row.Marks.Keys).Distinct().ShouldBeSubsetOf(ResourceText.All.Select(resource => ResourceText.Name(resource).ToLowerInvariant()));
        SiteData.Claims.Rows.ShouldAllBe(row => SurveyTree.Families.Any(family => family.Name == row.Family));
    }

    // Ticks of each row as they were counted in the survey's own table.
    [Theory]
    [InlineData("Hardware-aware attention", 3, 1)]
    [InlineData("Model parallelism", 1, 2)]
    [InlineData("Mixed-precision training", 1, 3)]
    [InlineData("Structured pruning", 3, 0)]
    [InlineData("Weight quantization", 2, 2)]
    [InlineData("Early exit", 1, 2)]
    [InlineData("Hardware offloading", 2, 0)]
    [InlineData("Collaborative inference", 2, 2)]
    public void Rows_have_the_survey_s_ticks(string technique, int direct, int indirect)
    {
        ClaimRow row = SiteData.Claims.Rows.Single(row => row.Technique == technique);
        row.Marks.Values.Count(mark => mark[0] == 'D').ShouldBe(direct);
        row.Marks.Values.Count(mark => mark[0] == 'I').ShouldBe(indirect);
    }

    [Fact]
    public void Techniques_named_in_the_table_are_there_once()
    {
        string[] here = [.. SiteData.Claims.Rows.SelectMany(row => row.Here ?? [])];
        here.ShouldBeUnique();
        here.ShouldBeSubsetOf(TechniqueList.All.Select(technique => technique.Id));
        SiteData.Claims.Rows.SelectMany(row => (row.Here ?? []).Select(id => (row.Family, TechniqueList.Find(id).Family.Name))).Where(pair => pair.Item1 != pair.Name && pair.Name != "Quantization").ShouldBeEmpty();
    }

    [Fact]
    public void There_are_six_tensions_ten_complexities_and_seven_challenges()
    {
        SiteData.Tensions.Count.ShouldBe(6);
        SiteData.Complexities.Rows.Count.ShouldBe(10);
        SiteData.Challenges.Select(challenge => challenge.Section).ShouldBe(Enumerable.Range(1, 7).Select(number => $"10.{number}"));
        SiteData.Metrics.Count.ShouldBe(15);
        SiteData.Benchmarks.Count.ShouldBe(8);
        SiteData.Surveys.Groups.SelectMany(group => group.Covers).ShouldBeSubsetOf(SiteData.Surveys.Topics);
    }
}
