namespace Shoestring.Experiments.Tests;

public class RateSamplesTests
{
    [Theory]
    [InlineData(2, 3, 1, 2)]
    [InlineData(2.5, 4, 1, 2, 3)]
    [InlineData(7, 7)]
    public void The_middle_one_is_quoted(double median, params double[] samples)
    {
        var rates = new RateSamples(samples);
        rates.Median.ShouldBe(median);
        rates.Minimum.ShouldBe(samples.Min());
        rates.Maximum.ShouldBe(samples.Max());
    }
}
