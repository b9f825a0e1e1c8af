namespace Shoestring.Models.Tests;

public class CounterRandomTests
{
    // 99 degrees of freedom: 149 is exceeded once in a thousand times by chance.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Any_one_counter_gives_uniform_numbers(int counter)
    {
        int[] counts = new int[100];
        for (ulong i = 0; i < 100_000; i++)
        {
            double value = counter switch { 0 => CounterRandom.Uniform(i, 5, 5), 1 => CounterRandom.Uniform(5, i, 5), _ => CounterRandom.Uniform(5, 5, i) };
            value.ShouldBeInRange(0, 1 - 1e-16);
            counts[(int)(value * 100)]++;
        }
        counts.Sum(c => (c - 1000.0) * (c - 1000.0) / 1000).ShouldBeLessThan(149);
    }

    [Fact]
    public void Neighbouring_counters_are_not_correlated()
    {
        const int count = 50_000;
        double sum = 0;
        for (ulong i = 0; i < count; i++)
        {
            sum += (CounterRandom.Uniform(1, 2, i) - 0.5) * (CounterRandom.Uniform(1, 3, i) - 0.5);
        }
        // Deviation of the mean of products of independent uniform numbers: 1/12 over √n.
        Math.Abs(sum / count).ShouldBeLessThan(4 / 12.0 / Math.Sqrt(count));
    }

    [Fact]
    public void The_same_counters_give_the_same_number_and_their_order_matters()
    {
        CounterRandom.Uniform(1, 2, 3).ShouldBe(CounterRandom.Uniform(1, 2, 3));
        CounterRandom.Uniform(1, 2, 3).ShouldNotBe(CounterRandom.Uniform(1, 3, 2));
        CounterRandom.Uniform(1, 2, 3).ShouldNotBe(CounterRandom.Uniform(2, 1, 3));
    }
}
