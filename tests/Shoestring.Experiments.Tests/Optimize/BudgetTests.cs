using Shoestring.Tensors;

namespace Shoestring.Experiments.Tests;

public class BudgetTests
{
    [Theory]
    [InlineData("storedBytes<=300MB", "storedBytes", BoundSide.AtMost, 300e6)]
    [InlineData("storedBytes < 1.5 GB", "storedBytes", BoundSide.Below, 1.5e9)]
    [InlineData("peakresidentbytes<=400kB", "peakResidentBytes", BoundSide.AtMost, 400e3)]
    [InlineData("peakResidentBytes<=400KB", "peakResidentBytes", BoundSide.AtMost, 400e3)]
    [InlineData("storedBytes<=12345", "storedBytes", BoundSide.AtMost, 12345)]
    [InlineData("quality>=99%", "quality", BoundSide.AtLeast, 99)]
    [InlineData("quality ≥ 99.5", "quality", BoundSide.AtLeast, 99.5)]
    [InlineData("topOneAgreement>98%", "topOneAgreement", BoundSide.Above, 0.98)]
    [InlineData("joulesPerToken<=0.5", "joulesPerToken", BoundSide.AtMost, 0.5)]
    [InlineData("joulesPerToken<=20mJ", "joulesPerToken", BoundSide.AtMost, 0.02)]
    [InlineData("joulesPerToken<=20 mJ/token", "joulesPerToken", BoundSide.AtMost, 0.02)]
    [InlineData("dollarsPerMillionTokens<=$0.50", "dollarsPerMillionTokens", BoundSide.AtMost, 0.5)]
    [InlineData("decodeTokensPerSecond>=2e2", "decodeTokensPerSecond", BoundSide.AtLeast, 200)]
    [InlineData("seconds<=30s", "seconds", BoundSide.AtMost, 30)]
    public void Reads_keys_comparisons_and_units(string text, string name, BoundSide side, double limit)
    {
        Bound bound = Budget.Parse(text).Bounds.ShouldHaveSingleItem();
        bound.Metric.Name.ShouldBe(name);
        bound.Side.ShouldBe(side);
        bound.Limit.ShouldBe(limit, limit * 1e-12);
    }

    [Fact]
    public void Reads_conditions_in_their_order() =>
        Budget.Parse("storedBytes<=300MB, quality>=99%, joulesPerToken<=0.5").Bounds.Select(bound => bound.Metric.Name)
            .ShouldBe(["storedBytes", "quality", "joulesPerToken"]);

    [Theory]
    [InlineData("", "''")]
    [InlineData("storedBytes", "'storedBytes'")]
    [InlineData("quality>=99%,", "''")]
    [InlineData("size<=300MB", "storedBytes")]
    [InlineData("storedBytes=300MB", "'='")]
    [InlineData("storedBytes==300MB", "'=='")]
    [InlineData("storedBytes=<300MB", "'=<'")]
    [InlineData("storedBytes!=300MB", "'!='")]
    [InlineData("storedBytes<=", "condition")]
    [InlineData("storedBytes<=many", "'many'")]
    [InlineData("storedBytes<=-3MB", "'-3MB'")]
    [InlineData("storedBytes<=1e999", "'1e999'")]
    [InlineData("storedBytes<=NaN", "'NaN'")]
    [InlineData("storedBytes<=300MiB", "'MiB'")]
    [InlineData("storedBytes<=30%", "'%'")]
    [InlineData("quality>=99MB", "'MB'")]
    [InlineData("quality>=0.99", "99%")]
    [InlineData("quality>=99%, quality>=98%", "twice")]
    [InlineData("quality>=99%, quality>98%", "twice")]
    [InlineData("storedBytes>=2MB, storedBytes<=1MB", "both")]
    [InlineData("storedBytes>=1MB, storedBytes<1MB", "both")]
    public void Refuses_what_is_wrong_and_says_how_to_mend_it(string text, string shown)
    {
        var fault = Should.Throw<InputException>(() => Budget.Parse(text));
        fault.Message.ShouldContain(shown, Case.Sensitive);
        fault.Where.ShouldBe("--budget");
        fault.Cure.ShouldNotBeEmpty();
        fault.Message.ShouldNotContain('\n');
    }

    [Fact]
    public void Long_nonsense_gives_a_short_message() =>
        Should.Throw<InputException>(() => Budget.Parse(new string('x', 100_000) + "<=1")).What.Length.ShouldBeLessThan(200);

    [Fact]
    public void A_range_that_touches_is_allowed() => Budget.Parse("storedBytes>=1MB, storedBytes<=1MB").Bounds.Count.ShouldBe(2);

    [Fact]
    public void Without_a_text_it_asks_for_99_per_cent() => Budget.Parse(null).ToString().ShouldBe("quality ≥ 99.0 %");

    [Fact]
    public void Quality_counts_with_the_lower_end_of_its_interval()
    {
        Candidate candidate = Candidates.Make("a", 1, quality: 99.2, low: 98.8, high: 99.6);
        Budget.Parse("quality>=98.8%").Check(candidate)[0].Met.ShouldBeTrue();
        BoundCheck check = Budget.Parse("quality>=99%").Check(candidate)[0];
        check.Met.ShouldBeFalse();
        check.Used.ShouldBe(98.8);
        check.ToString().ShouldContain("lower end");
        Budget.Parse("quality<=99.5%").Check(candidate)[0].Met.ShouldBeFalse();
    }

    [Fact]
    public void An_unavailable_figure_meets_no_bound()
    {
        BoundCheck check = Budget.Parse("joulesPerToken<=1000").Check(Candidates.Make("a", 1, 100))[0];
        check.Met.ShouldBeFalse();
        check.Miss.ShouldBe(double.PositiveInfinity);
        check.ToString().ShouldContain("unavailable");
    }

    [Theory]
    [InlineData("storedBytes<=2", true)]
    [InlineData("storedBytes<2", false)]
    [InlineData("storedBytes>=2", true)]
    [InlineData("storedBytes>2", false)]
    public void The_limit_itself_belongs_to_the_bound_only_with_an_equals_sign(string text, bool met) =>
        Budget.Parse(text).Check(Candidates.Make("a", 2, 100))[0].Met.ShouldBe(met);
}
