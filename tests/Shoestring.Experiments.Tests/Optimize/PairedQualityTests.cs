using Shoestring.Metering;

namespace Shoestring.Experiments.Tests;

public class PairedQualityTests
{
    // From tables of the distribution (NIST/SEMATECH e-Handbook, 1.3.6.7.2).
    [Theory]
    [InlineData(1, 12.706)]
    [InlineData(9, 2.262)]
    [InlineData(10, 2.228)]
    [InlineData(20, 2.086)]
    [InlineData(30, 2.042)]
    [InlineData(100, 1.984)]
    [InlineData(1_000_000, 1.960)]
    public void Quantiles_are_the_tables(int degrees, double expected) => StudentT.Quantile975(degrees).ShouldBe(expected, 0.0006);

    [Fact]
    public void A_mean_of_equal_blocks_has_the_textbook_interval()
    {
        // Block means 1, 2, 3, 4, 5: mean 3, s = √2.5, half width t₄·s/√5.
        MeanInterval mean = MeanInterval.Of([.. Enumerable.Range(1, 5).Select(i => new ScoredBlock(10, 10 * i))])!.Value;
        mean.Value.ShouldBe(3, 1e-12);
        (mean.High - mean.Value).ShouldBe(2.7764 * Math.Sqrt(2.5) / Math.Sqrt(5), 1e-4);
        (mean.Value - mean.Low).ShouldBe(mean.High - mean.Value, 1e-12);
    }

    [Fact]
    public void Blocks_count_by_their_tokens() =>
        MeanInterval.Of([new ScoredBlock(1, 10), new ScoredBlock(99, 99)])!.Value.Value.ShouldBe(1.09, 1e-12);

    [Fact]
    public void Quality_is_100_times_the_ratio_of_perplexities()
    {
        var original = new TextScore([new(4, 8), new(4, 12)]);
        var candidate = new TextScore([new(4, 8.4), new(4, 12.8)]);
        Figure quality = PairedQuality.Quality(original, candidate);
        double ratio = PairedQuality.Perplexity(original).Value!.Value / PairedQuality.Perplexity(candidate).Value!.Value;
        quality.Value!.Value.ShouldBe(100 * ratio, 1e-9);
        quality.Value.Value.ShouldBe(100 * Math.Exp(-0.15), 1e-9);
        quality.Low!.Value.ShouldBeLessThan(quality.Value.Value);
        quality.High!.Value.ShouldBeGreaterThan(quality.Value.Value);
        quality.Unit.ShouldBe(Units.Percent);
    }

    [Fact]
    public void The_same_scores_have_quality_100_exactly()
    {
        var score = new TextScore([new(4, 8), new(4, 12), new(3, 7)]);
        Figure quality = PairedQuality.Quality(score, score);
        (quality.Low, quality.Value, quality.High).ShouldBe((100, 100, 100));
    }

    [Fact]
    public void Pairing_takes_out_what_both_find_hard()
    {
        var original = new TextScore([.. Enumerable.Range(0, 20).Select(i => new ScoredBlock(100, 100 * (2 + (i % 5))))]);
        var candidate = new TextScore([.. original.Blocks.Select(block => block with { NegativeLogLikelihood = block.NegativeLogLikelihood + 1 })]);
        Figure quality = PairedQuality.Quality(original, candidate);
        (quality.High - quality.Low)!.Value.ShouldBeLessThan(1e-9);
        Figure perplexity = PairedQuality.Perplexity(candidate);
        (perplexity.High / perplexity.Low)!.Value.ShouldBeGreaterThan(1.5);
    }

    [Fact]
    public void One_block_leaves_quality_unavailable_but_not_perplexity()
    {
        var score = new TextScore([new(10, 20)]);
        PairedQuality.Quality(score, score).Source.ShouldBe(FigureSource.Unavailable);
        PairedQuality.Perplexity(score).Value!.Value.ShouldBe(Math.Exp(2), 1e-12);
        PairedQuality.Perplexity(score).Low.ShouldBeNull();
        PairedQuality.Perplexity(new TextScore([])).Source.ShouldBe(FigureSource.Unavailable);
    }

    [Fact]
    public void A_score_that_is_not_finite_is_unavailable() =>
        PairedQuality.Quality(new TextScore([new(4, 8), new(4, 12)]), new TextScore([new(4, double.NaN), new(4, 1)])).Source.ShouldBe(FigureSource.Unavailable);

    [Fact]
    public void Scores_of_other_tokens_are_refused() =>
        Should.Throw<ArgumentException>(() => PairedQuality.Quality(new TextScore([new(4, 8), new(4, 12)]), new TextScore([new(4, 8), new(5, 12)])));

    [Fact]
    public void Chunks_are_cut_into_equal_blocks_that_do_not_cross_them()
    {
        float[] longer = [.. Enumerable.Range(0, 300).Select(i => (float)i)], shorter = [1, 2, 3];
        TextScore score = TextScore.FromChunks([longer, shorter, []], 128);
        score.Blocks.Select(block => block.Tokens).ShouldBe([100, 100, 100, 3]);
        score.Blocks[0].NegativeLogLikelihood.ShouldBe(4950);
        score.Blocks[3].NegativeLogLikelihood.ShouldBe(6);
        score.Tokens.ShouldBe(303);
    }

    // Differences that depend on their neighbours (an autoregressive process with coefficient 0.5, as tokens of a text do), whose
    // true mean is 0.01: about 95 of 100 intervals must hold it. An interval that took tokens for independent would be too
    // narrow by √3 and hold it 74 times.
    [Fact]
    public void Intervals_hold_the_truth_as_often_as_they_say()
    {
        int held = 0;
        const int runs = 1000;
        var random = new Random(20240614);
        for (int run = 0; run < runs; run++)
        {
            TextScore difference = Score(random, 30, 128);
            MeanInterval mean = MeanInterval.Of(difference.Blocks)!.Value;
            held += mean.Low <= 0.01 && 0.01 <= mean.High ? 1 : 0;
        }

        held.ShouldBeInRange(925, 970);
    }

    [Fact]
    public void The_interval_agrees_with_a_bootstrap_over_blocks()
    {
        var random = new Random(7);
        TextScore difference = Score(random, 60, 128);
        MeanInterval mean = MeanInterval.Of(difference.Blocks)!.Value;
        double[] means = [.. Enumerable.Range(0, 4000).Select(_ => Resampled(difference, random)).Order()];
        mean.Low.ShouldBe(means[100], (mean.High - mean.Low) * 0.1);
        mean.High.ShouldBe(means[3900], (mean.High - mean.Low) * 0.1);
    }

    static double Resampled(TextScore score, Random random) =>
        Enumerable.Range(0, score.Blocks.Count).Select(_ => score.Blocks[random.Next(score.Blocks.Count)]).ToArray() is var drawn
            ? drawn.Sum(block => block.NegativeLogLikelihood) / drawn.Sum(block => block.Tokens)
            : 0;

    static TextScore Score(Random random, int blocks, int tokens)
    {
        double state = 0;
        return new TextScore([.. Enumerable.Range(0, blocks).Select(_ => new ScoredBlock(tokens, Enumerable.Range(0, tokens).Sum(_ =>
        {
            state = (0.5 * state) + Normal(random);
            return 0.01 + (0.1 * state);
        })))]);
    }

    static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
