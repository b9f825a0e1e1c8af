using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training.Tests;

public class SelectionTests
{
    static float[] Features(int items, int channels, ulong seed) =>
        [.. Enumerable.Range(0, items * channels).Select(i => (float)(CounterRandom.Uniform(seed, 1, (ulong)i) - 0.3))];

    [Theory]
    [InlineData(ScoreBand.Lowest, "1 4")]
    [InlineData(ScoreBand.Middle, "0 3")]
    [InlineData(ScoreBand.Highest, "2 5")]
    public void A_band_of_the_scores_is_kept(ScoreBand band, string expected) =>
        string.Join(' ', ScoreSelection.Choose([3, 1, 7, 4, 1, 5], 1 / 3.0, band)).ShouldBe(expected);

    [Fact]
    public void Equal_scores_are_told_apart_by_their_place()
    {
        ScoreSelection.Choose([2, 2, 2, 2], 0.5, ScoreBand.Lowest).ShouldBe([0, 1]);
        ScoreSelection.Choose([2, 2, 2, 2], 0.5, ScoreBand.Highest).ShouldBe([2, 3]);
        ScoreSelection.Choose([2, 2, 2, 2], 1, ScoreBand.Middle).ShouldBe([0, 1, 2, 3]);
        ScoreSelection.Choose([2, 1, 2, 2], 0.01, ScoreBand.Lowest).ShouldBe([1]);
        ScoreSelection.Choose([], 0.5, ScoreBand.Lowest).ShouldBeEmpty();
    }

    [Fact]
    public void Scores_that_are_no_numbers_are_refused()
    {
        Should.Throw<InputException>(() => ScoreSelection.Choose([1, double.NaN], 0.5, ScoreBand.Lowest)).Message.ShouldContain("document 1");
        Should.Throw<InputException>(() => ScoreSelection.Choose([1], 0, ScoreBand.Lowest));
        Should.Throw<InputException>(() => ScoreSelection.Choose([1], 1.5, ScoreBand.Lowest));
    }

    [Theory]
    [InlineData(40, 3)]
    [InlineData(120, 8)]
    public void Lazy_greedy_is_plain_greedy_exactly(int items, int channels)
    {
        for (ulong seed = 0; seed < 5; seed++)
        {
            FacilityLocation location = new(Features(items, channels, seed), channels);
            GreedySelection plain = location.ChoosePlainly(items / 3), lazy = location.Choose(items / 3);
            lazy.Items.ShouldBe(plain.Items);
            lazy.Gains.ShouldBe(plain.Gains);
            lazy.Evaluations.ShouldBeLessThan(plain.Evaluations / 2);
            lazy.Gains.ShouldBe(lazy.Gains.OrderDescending());
            lazy.Value.ShouldBe(location.Value(lazy.Items), 1e-9 * items);
        }
    }

    [Fact]
    public void Equal_items_are_chosen_in_their_order_by_both()
    {
        FacilityLocation location = new([1, 0, 1, 0, 0, 1, 0, 1, 0, 0], 2);
        location.Choose(5).Items.ShouldBe([0, 2, 1, 3, 4]);
        location.ChoosePlainly(5).Items.ShouldBe([0, 2, 1, 3, 4]);
    }

    [Fact]
    public void Greedy_reaches_its_bound_on_instances_that_can_be_searched()
    {
        for (ulong seed = 0; seed < 10; seed++)
        {
            FacilityLocation location = new(Features(12, 3, seed + 50), 3);
            double best = Subsets(12, 4).Max(location.Value);
            location.Choose(4).Value.ShouldBeInRange((1 - 1 / Math.E) * best, best + 1e-9);
        }
    }

    static IEnumerable<int[]> Subsets(int items, int count) => Enumerable.Range(0, 1 << items)
        .Where(bits => System.Numerics.BitOperations.PopCount((uint)bits) == count)
        .Select(bits => Enumerable.Range(0, items).Where(item => (bits >> item & 1) == 1).ToArray());

    [Theory]
    [InlineData(0)]
    [InlineData(0.25)]
    [InlineData(1)]
    public void Weighted_draws_have_the_mean_of_all_as_their_expectation(double uniformShare)
    {
        double[] norms = [.. Enumerable.Range(0, 50).Select(i => 0.1 + 5 * CounterRandom.Uniform(2, 2, (ulong)i))];
        ImportanceSampler sampler = new(norms, uniformShare);
        double[] gradients = [.. norms.Select((norm, i) => i % 2 == 0 ? norm : -norm)];
        sampler.Probabilities.ToArray().Sum().ShouldBe(1, 1e-12);
        Enumerable.Range(0, 50).Sum(i => sampler.Probabilities[i] * sampler.Weight(i) * gradients[i]).ShouldBe(gradients.Average(), 1e-12);
        if (uniformShare == 1)
        {
            Enumerable.Range(0, 50).ShouldAllBe(i => Math.Abs(sampler.Weight(i) - 1) < 1e-12);
        }
    }

    [Fact]
    public void Drawing_by_norms_has_the_least_second_moment()
    {
        double[] norms = [.. Enumerable.Range(0, 50).Select(i => 0.1 + 5 * CounterRandom.Uniform(2, 2, (ulong)i))];
        double byNorms = SecondMoment(0), mixed = SecondMoment(0.5), evenly = SecondMoment(1);
        byNorms.ShouldBeLessThan(mixed);
        mixed.ShouldBeLessThan(evenly);
        byNorms.ShouldBe(Math.Pow(norms.Average(), 2), 1e-9);

        double SecondMoment(double uniformShare)
        {
            ImportanceSampler sampler = new(norms, uniformShare);
            return Enumerable.Range(0, 50).Sum(i => sampler.Probabilities[i] * Math.Pow(sampler.Weight(i) * norms[i], 2));
        }
    }

    [Fact]
    public void Items_come_as_often_as_their_probability_says()
    {
        ImportanceSampler sampler = new([0, 3, 0, 0, 1, 6, 0]);
        int[] counts = new int[7];
        for (int draw = 0; draw < 10_000; draw++)
        {
            SampledItem item = sampler.Draw(seed: 5, step: draw / 32, place: draw % 32);
            counts[item.Item]++;
            item.Weight.ShouldBe(1 / (7 * sampler.Probabilities[item.Item]));
        }
        counts[0].ShouldBe(0);
        counts[6].ShouldBe(0);
        (counts[1] / 10_000.0).ShouldBe(0.3, 0.02);
        (counts[4] / 10_000.0).ShouldBe(0.1, 0.015);
        (counts[5] / 10_000.0).ShouldBe(0.6, 0.02);
        sampler.Draw(5, 7, 3).ShouldBe(sampler.Draw(5, 7, 3));
    }

    [Fact]
    public void Norms_that_are_none_are_refused()
    {
        Should.Throw<InputException>(() => new ImportanceSampler([1, double.NaN]));
        Should.Throw<InputException>(() => new ImportanceSampler([1, -1]));
        Should.Throw<InputException>(() => new ImportanceSampler([0, 0]));
        new ImportanceSampler([0, 0], uniformShare: 1).Weight(0).ShouldBe(1);
    }
}
