using Shoestring.Metering;

namespace Shoestring.Experiments;

/// <summary>
/// Quality and perplexity with 95 % intervals. A block's deviation is its sum minus what the mean over all tokens gives a block of
/// its length; the mean's variance is K/(K−1)·Σ deviation² / N² over K blocks and N tokens (the ratio estimator: Cochran,
/// Sampling Techniques, chapter 2), and Student's t with K−1 degrees of freedom gives the interval. Pairing takes out what
/// both models find hard alike, so the interval of a difference is far narrower than that of either perplexity.
/// </summary>
public static class PairedQuality
{
    /// <summary>
    /// 100·exp(NLL of the original − NLL of the candidate) in per cent, low and high being its paired 95 % interval.
    /// Unavailable when a single block leaves the interval unknown or a score is not finite.
    /// </summary>
    /// <exception cref="ArgumentException">The two did not score the same tokens.</exception>
    public static Figure Quality(TextScore original, TextScore candidate)
    {
        if (!original.Blocks.Select(block => block.Tokens).SequenceEqual(candidate.Blocks.Select(block => block.Tokens)))
        {
            throw new ArgumentException("the original and the candidate scored different tokens", nameof(candidate));
        }

        ScoredBlock[] differences = [.. candidate.Blocks.Zip(original.Blocks, (one, other) =>
            new ScoredBlock(one.Tokens, one.NegativeLogLikelihood - other.NegativeLogLikelihood))];
        string how = $"100·exp(NLL of the original − NLL of the candidate) over {Extent(candidate)}, "
            + "paired 95 % interval by Student's t over the blocks' differences";
        return MeanInterval.Of(differences) is { } mean
            ? Figure.Measured(100 * Math.Exp(-mean.Value), Units.Percent, how).Within(100 * Math.Exp(-mean.High), 100 * Math.Exp(-mean.Low))
            : Figure.Unavailable(Units.Percent, $"an interval takes at least two blocks of text, this has {candidate.Blocks.Count}; give a longer text");
    }

    /// <summary>exp of the mean negative log-likelihood, low and high being its 95 % interval where there is more than one block.</summary>
    public static Figure Perplexity(TextScore score)
    {
        if (score.Tokens == 0)
        {
            return Figure.Unavailable(Units.One, "no token was scored; give a longer text");
        }

        var figure = Figure.Measured(Math.Exp(score.MeanNegativeLogLikelihood), Units.One,
            $"exp of the mean NLL over {Extent(score)}, 95 % interval by Student's t over the blocks");
        return MeanInterval.Of(score.Blocks) is { } mean ? figure.Within(Math.Exp(mean.Low), Math.Exp(mean.High)) : figure;
    }

    static string Extent(TextScore score) => $"{score.Tokens} tokens in {score.Blocks.Count} blocks";
}

/// <summary>A mean per token with its 95 % interval.</summary>
readonly record struct MeanInterval(double Value, double Low, double High)
{
    /// <summary>The interval of the mean over tokens, or null when fewer than two blocks leave it unknown.</summary>
    public static MeanInterval? Of(IReadOnlyList<ScoredBlock> blocks)
    {
        int count = blocks.Count;
        double tokens = blocks.Sum(block => (double)block.Tokens);
        if (count < 2 || tokens == 0)
        {
            return null;
        }

        double mean = blocks.Sum(block => block.NegativeLogLikelihood) / tokens;
        double squares = blocks.Sum(block => Math.Pow(block.NegativeLogLikelihood - (mean * block.Tokens), 2));
        double half = StudentT.Quantile975(count - 1) * Math.Sqrt(squares * count / (count - 1)) / tokens;
        return new MeanInterval(mean, mean - half, mean + half);
    }
}
