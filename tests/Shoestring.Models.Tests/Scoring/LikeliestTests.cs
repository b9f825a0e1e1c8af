namespace Shoestring.Models.Tests;

public class LikeliestTests
{
    public static TheoryData<int> Lengths => [.. Enumerable.Range(1, 70)];

    [Theory]
    [MemberData(nameof(Lengths))]
    public void The_first_of_the_largest_wins_wherever_it_stands(int length)
    {
        for (int at = 0; at < length; at++)
        {
            float[] logits = [.. Enumerable.Range(0, length).Select(i => i >= at ? 2f : 1f)];
            LogProbabilities.Likeliest(logits).ShouldBe(at);
            logits = [.. Enumerable.Range(0, length).Select(i => i == at ? -1f : float.NaN)];
            LogProbabilities.Likeliest(logits).ShouldBe(at);
        }
    }

    [Fact]
    public void Where_nothing_is_a_number_it_is_the_first() => LogProbabilities.Likeliest([.. Enumerable.Repeat(float.NaN, 40)]).ShouldBe(0);

    [Fact]
    public void Zero_equals_minus_zero() => LogProbabilities.Likeliest([-1, -0f, 0f]).ShouldBe(1);
}
