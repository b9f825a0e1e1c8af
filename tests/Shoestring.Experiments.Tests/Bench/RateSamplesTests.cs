namespace Shoestring.Experiments.Tests;

public class RateSamplesTests
{
    [Theory]
    [InlineData(2.0, 3.0, 1.0, 2.0)]
    [InlineData(2.5, 4.0, 1.0, 2.0, 3.0)]
    [InlineData(7.0, 7.0)]
    public void The_middle_one_is_quoted(double median, params double[] samples)
    {
        var rates = new RateSamples(samples);
        rates.Median.ShouldBe(median);
        rates.Minimum.ShouldBe(samples.Min());
        rates.Maximum.ShouldBe(samples.Max());
    }
}
