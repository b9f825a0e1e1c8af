namespace Shoestring.Experiments;

/// <summary>How far a contender is from the front.</summary>
/// <param name="StandardErrors">
/// By how many standard errors of their paired difference the surest of those that cost no more is better; at most 0 when none is.
/// </param>
/// <param name="By">That one, or null when nobody costs no more.</param>
readonly record struct Margin(double StandardErrors, Contender? By);

/// <summary>Says which contenders may still be on the front of costs, as predicted, and quality, as scored so far.</summary>
/// <param name="axes">The axes of the front that are costs.</param>
sealed class Race(IReadOnlyList<CandidateMetric> axes)
{
    /// <summary>Each contender's margin against all the others, those that were given up included.</summary>
    public IReadOnlyList<Margin> Margins(IReadOnlyList<Contender> some, IReadOnlyList<Contender> all)
    {
        Dictionary<Contender, double?[]> costs = some.Concat(all).Distinct().ToDictionary(one => one, one => (double?[])[.. axes.Select(one.Cost)]);
        return [.. some.Select(one => Of(one, all, costs))];
    }

    static Margin Of(Contender one, IReadOnlyList<Contender> all, Dictionary<Contender, double?[]> costs)
    {
        var margin = new Margin(double.NegativeInfinity, null);
        foreach (Contender other in all.Where(other => other != one && other.Chunks > 0 && CostsNoMore(costs[other], costs[one])))
        {
            double errors = Lead(one.Score, other.Score);
            bool isTie = errors == 0 && costs[other].SequenceEqual(costs[one]);
            if (errors > margin.StandardErrors && !isTie)
            {
                margin = new Margin(errors, other);
            }
        }

        return margin;
    }

    /// <summary>One that costs no more than a contender which is not made yet, and loses at most so many per cent of the quality, or null.</summary>
    public Contender? LeavesNothingToGain(Contender one, IEnumerable<Contender> scored, TextScore original, double resolution)
    {
        double?[] cost = [.. axes.Select(one.Cost)];
        return scored.FirstOrDefault(other => CostsNoMore([.. axes.Select(other.Cost)], cost) && CandidateRow.QualityOf(other, original).Low >= 100 - resolution);
    }

    // A cost that only one of the two is known to have says nothing for it.
    static bool CostsNoMore(double?[] cost, double?[] than) => cost.Zip(than).All(pair => pair.First <= pair.Second || (pair.First is null && pair.Second is null));

    // How many standard errors the other is better by on what both were scored on.
    static double Lead(TextScore one, TextScore other)
    {
        int count = Math.Min(one.Blocks.Count, other.Blocks.Count);
        double[] differences = [.. Enumerable.Range(0, count).Select(i => (one.Blocks[i].NegativeLogLikelihood - other.Blocks[i].NegativeLogLikelihood) / one.Blocks[i].Tokens)];
        double mean = differences.Average();
        double error = Math.Sqrt(differences.Sum(difference => (difference - mean) * (difference - mean)) / Math.Max(1, count - 1) / count);
        return mean == 0 ? 0 : error > 0 ? mean / error : mean * double.PositiveInfinity;
    }
}
