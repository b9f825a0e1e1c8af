namespace Shoestring.Models.Tests;

public sealed class IntervalTests
{
    // Newcombe, Statistics in Medicine 17, 1998, 857–872, table I, method 3.
    [Theory]
    [InlineData(81, 263, 0.2553, 0.3662)]
    [InlineData(15, 148, 0.0624, 0.1605)]
    [InlineData(0, 20, 0.0000, 0.1611)]
    [InlineData(1, 29, 0.0061, 0.1718)]
    public void Wilson_s_interval_is_the_published_one(int hits, int trials, double low, double high)
    {
        Interval interval = Interval.Proportion(hits, trials), mirrored = Interval.Proportion(trials - hits, trials);
        interval.Value.ShouldBe((double)hits / trials);
        interval.Low.ShouldBe(low, 5e-5);
        interval.High.ShouldBe(high, 5e-5);
        mirrored.Low.ShouldBe(1 - interval.High, 1e-12);
        mirrored.High.ShouldBe(1 - interval.Low, 1e-12);
    }

    [Fact]
    public void Its_ends_are_exact_where_nothing_or_all_was_hit()
    {
        Interval.Proportion(0, 7).Low.ShouldBe(0);
        Interval.Proportion(7, 7).High.ShouldBe(1);
        Interval.Proportion(1, 1).ShouldSatisfyAllConditions(one => one.Value.ShouldBe(1), one => one.Low.ShouldBe(0.2065, 1e-4));
    }

    [Fact]
    public void It_holds_the_truth_about_as_often_as_it_says()
    {
        int held = 0;
        for (int run = 0; run < 2000; run++)
        {
            int hits = Enumerable.Range(0, 60).Count(i => CounterRandom.Uniform(1, (ulong)run, (ulong)i) < 0.9);
            Interval interval = Interval.Proportion(hits, 60);
            held += interval.Low <= 0.9 && 0.9 <= interval.High ? 1 : 0;
        }
        (held / 2000.0).ShouldBeInRange(0.925, 0.975);
    }

    // (15 − 6²/102) / 102², with 15 = 10 + 4 + 1 and the difference 6/102.
    [Fact]
    public void A_paired_difference_is_that_computed_by_hand()
    {
        Interval gain = Interval.PairedDifference(10, 4, 100);
        gain.Value.ShouldBe(0.06);
        gain.Low.ShouldBe(-0.014717, 1e-6);
        gain.High.ShouldBe(0.132364, 1e-6);
        Interval loss = Interval.PairedDifference(4, 10, 100);
        (loss.Low, loss.High).ShouldBe((-gain.High, -gain.Low));
    }

    [Fact]
    public void No_difference_claims_no_certainty()
    {
        Interval none = Interval.PairedDifference(0, 0, 1000);
        none.Value.ShouldBe(0);
        none.High.ShouldBe(1.96 / 1002, 1e-5);
        Interval.PairedDifference(3, 0, 3).High.ShouldBe(1);
    }

    [Fact]
    public void The_mean_of_one_is_itself_and_of_more_is_narrower()
    {
        Interval one = Interval.Proportion(30, 40), mean = Interval.Mean([one, one, one, one]);
        Interval.Mean([one]).ShouldBe(one);
        mean.Value.ShouldBe(0.75);
        (mean.Value - mean.Low).ShouldBe((one.Value - one.Low) / 2, 1e-12);
        (mean.High - mean.Value).ShouldBe((one.High - one.Value) / 2, 1e-12);
    }

    [Fact]
    public void The_mean_of_values_has_the_normal_interval()
    {
        Interval mean = Interval.OfMean([1, 2, 3, 4]);
        mean.Value.ShouldBe(2.5);
        mean.High.ShouldBe(2.5 + 1.959964 * Math.Sqrt(5 / 3.0 / 4), 1e-6);
        double.IsNaN(Interval.OfMean([1]).Low).ShouldBeTrue();
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(-1, 5)]
    [InlineData(6, 5)]
    public void Impossible_counts_are_refused(int hits, int trials)
    {
        Should.Throw<ArgumentOutOfRangeException>(() => Interval.Proportion(hits, trials));
        Should.Throw<ArgumentOutOfRangeException>(() => Interval.PairedDifference(hits, 0, trials));
    }
}
