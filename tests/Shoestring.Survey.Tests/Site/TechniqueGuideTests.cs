using Shoestring.Techniques;

namespace Shoestring.Survey.Tests;

public sealed class TechniqueGuideTests
{
    public static TheoryData<string> All => [.. TechniqueList.All.Select(technique => technique.Id)];

    [Theory]
    [MemberData(nameof(All))]
    public void Every_technique_has_an_equation_a_command_and_says_when_not_to_use_it(string id)
    {
        var guide = TechniqueGuide.Of(TechniqueList.Find(id));
        TechniqueText text = SiteData.Techniques[id];
        text.Equation.ShouldNotBeNullOrWhiteSpace();
        text.Symbols.ShouldNotBeNullOrWhiteSpace();
        guide.Commands.ShouldNotBeEmpty();
        (guide.Body.Count > 0 || guide.Use.Count > 0).ShouldBeTrue();
        guide.Use.ShouldNotBeEmpty();
        (guide.Avoid.Count > 0 || text.Avoid is not null).ShouldBeTrue();
    }

    [Fact]
    public void No_text_is_of_a_technique_that_is_not_there() => SiteData.Techniques.Keys.ShouldBe(TechniqueList.All.Select(technique => technique.Id), ignoreOrder: true);

    [Fact]
    public void A_page_of_two_techniques_gives_each_its_own_chapter()
    {
        TechniqueGuide.Of(TechniqueList.Find("ia3")).Commands.ShouldBe(["shoestring tune model.gguf --data text.txt -t ia3 -o tuned"]);
        TechniqueGuide.Of(TechniqueList.Find("serial-adapter")).Commands.Count.ShouldBe(2);
    }

    [Fact]
    public void Sentences_in_bold_divide_what_helps_from_what_does_not()
    {
        var guide = TechniqueGuide.Of(TechniqueList.Find("gptq"));
        guide.Use[0].ShouldBeOfType<MarkdownParagraph>().Text.ShouldStartWith("**Helps** from five bits down.");
        guide.Avoid.ShouldHaveSingleItem().ShouldBeOfType<MarkdownParagraph>().Text.ShouldStartWith("**Does not help** at eight bits");
        // The sentence before it ends in a colon.
        guide.Use[1].ShouldBeOfType<MarkdownTable>().Rows.Count.ShouldBe(4);
    }
}
