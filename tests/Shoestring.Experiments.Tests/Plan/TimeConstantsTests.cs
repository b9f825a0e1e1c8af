namespace Shoestring.Experiments.Tests;

public sealed class TimeConstantsTests
{
    static readonly TimeFeatures[] steps =
        [.. Enumerable.Range(1, 12).Select(i => new TimeFeatures(1e-4 * i * i, 2e-4 * (i % 5), 4e6 * i, 32e6, 5 * (1 + (i % 3)), 1e4 * (1 + (i % 4))))];

    [Fact]
    public void Constants_that_explain_every_time_are_found()
    {
        var truth = new TimeConstants(3e-6, 2e-9);
        TimeConstants found = TimeConstants.Fit([.. steps.Select(step => (step, truth.Seconds(step)))]);
        found.SecondsPerRegion.ShouldBe(3e-6, 1e-11);
        found.SecondsPerElement.ShouldBe(2e-9, 1e-14);
    }

    [Theory]
    [InlineData(-1e-6, 4e-9)]
    [InlineData(4e-6, -1e-10)]
    [InlineData(-1e-6, -1e-10)]
    public void None_becomes_negative(double region, double element)
    {
        TimeConstants found = TimeConstants.Fit([.. steps.Select(step => (step, new TimeConstants(region, element).Seconds(step)))]);
        found.SecondsPerRegion.ShouldBe(region > 0 ? region : 0, 2e-6);
        found.SecondsPerElement.ShouldBe(element > 0 ? element : 0, 2e-9);
        (found.SecondsPerRegion >= 0 && found.SecondsPerElement >= 0).ShouldBeTrue();
    }

    [Fact]
    public void Weights_that_stay_in_the_cache_are_not_waited_for()
    {
        TimeFeatures step = new(1, 3, 0.4 * 32e6, 32e6, 0, 0);
        step.Products.ShouldBe(1);
        (step with { WeightBytes = 0.8 * 32e6 }).Products.ShouldBe(2.5, 1e-9);
        (step with { WeightBytes = 32e12 }).Products.ShouldBe(4, 1e-5);
    }
}
