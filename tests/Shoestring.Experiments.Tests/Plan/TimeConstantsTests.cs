namespace Shoestring.Experiments.Tests;

public sealed class TimeConstantsTests
{
    static readonly TimeFeatures[] steps = [.. Enumerable.Range(1, 9).Select(i => new TimeFeatures(1e-4 * i * i, 5 * (1 + (i % 3)), 1e4 * (1 + (i % 4)), 1e-5 * (i % 5)))];

    [Fact]
    public void Constants_that_explain_every_time_are_found()
    {
        var truth = new TimeConstants(1.2, 3e-6, 2e-10, 4);
        TimeConstants found = TimeConstants.Fit([.. steps.Select(step => (step, truth.Seconds(step)))]);
        found.Products.ShouldBe(1.2, 1e-6);
        found.SecondsPerRegion.ShouldBe(3e-6, 1e-11);
        found.SecondsPerElement.ShouldBe(2e-10, 1e-15);
        found.Attention.ShouldBe(4, 1e-5);
    }

    [Fact]
    public void None_becomes_negative()
    {
        // Times that only a negative constant would explain exactly.
        TimeConstants found = TimeConstants.Fit([.. steps.Select(step => (step, (2 * step.Products) - (1e-6 * step.Regions) + 1e-4))]);
        new[] { found.Products, found.SecondsPerRegion, found.SecondsPerElement, found.Attention }.ShouldAllBe(value => value >= 0);
        found.Products.ShouldBeGreaterThan(1);
    }

    [Fact]
    public void A_part_that_no_step_has_gets_nothing() =>
        TimeConstants.Fit([.. steps.Select(step => step with { Attention = 0 }).Select(step => (step, 3 * step.Products))]).ShouldSatisfyAllConditions(
            found => found.Attention.ShouldBe(0), found => found.Products.ShouldBe(3, 1e-9));
}
