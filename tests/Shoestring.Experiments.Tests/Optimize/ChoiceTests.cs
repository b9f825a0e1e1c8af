namespace Shoestring.Experiments.Tests;

public class ChoiceTests
{
    static readonly Candidate baseline = Candidates.Make("", 100, 100, decode: 10);
    static readonly Candidate good = Candidates.Make("good", 50, 99.5, 99.2, 99.8, decode: 20);
    static readonly Candidate unsure = Candidates.Make("unsure", 30, 99.1, 98.5, 99.7, decode: 25);
    static readonly Candidate bad = Candidates.Make("bad", 20, 80, decode: 15);
    static readonly Candidate[] all = [baseline, good, unsure, bad];

    [Theory]
    [InlineData(null, "good", "storedBytes")]
    [InlineData("quality>=98%", "unsure", "storedBytes")]
    [InlineData("quality>=99.9%", "as given", "storedBytes")]
    [InlineData("storedBytes<=60", "good", "quality")]
    [InlineData("storedBytes<=40", "unsure", "quality")]
    [InlineData("decodeTokensPerSecond>=12, quality>=70%", "unsure", "decodeTokensPerSecond")]
    [InlineData("quality>=70%, storedBytes<=60, decodeTokensPerSecond>=12", "bad", "storedBytes")]
    public void Takes_what_the_rule_says(string? budget, string expected, string objective)
    {
        (Candidate? chosen, Choice choice) = Choice.Make(Budget.Parse(budget), all);
        chosen!.Label.ShouldBe(expected);
        choice.Met.ShouldBeTrue();
        choice.Objective.ShouldBe(objective);
        choice.NearestMiss.ShouldBeNull();
        choice.Reason.ShouldContain(expected);
    }

    [Fact]
    public void When_none_meets_the_budget_it_names_the_nearest()
    {
        (Candidate? chosen, Choice choice) = Choice.Make(Budget.Parse("storedBytes<=25, quality>=99%"), all);
        chosen.ShouldBeNull();
        choice.Met.ShouldBeFalse();
        choice.NearestMiss.ShouldBe(["bad"]);
        choice.Reason.ShouldContain("quality is 80.0 %");
    }

    [Fact]
    public void A_tie_goes_to_quality_then_to_the_earlier()
    {
        Candidate twin = Candidates.Make("twin", 50, 99.9), other = Candidates.Make("other", 50, 99.9);
        Choice.Make(Budget.Default, [good, twin, other]).Chosen.ShouldBe(twin);
    }
}
