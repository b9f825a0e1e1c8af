namespace Shoestring.Training;

/// <summary>Which documents count as near-duplicates, and how they are looked for.</summary>
public sealed record NearDuplicateOptions
{
    /// <summary>Tokens of a shingle: documents are compared as sets of these (Lee et al., arXiv 2107.06499, §4.2 and appendix A: 5).</summary>
    public int Shingle { get; init; } = 5;

    /// <summary>The Jaccard similarity from which on documents are near-duplicates: 0.8, which the paper asks of the edit similarity (arXiv 2107.06499, §4.2).</summary>
    public double Threshold { get; init; } = 0.8;

    /// <summary>Bands that may match. 20 of 10 rows find a pair of similarity 0.8 with probability 0.90, and 0.9 with 0.9998; the paper's 450 of 20 cost 45 times as much.</summary>
    public int Bands { get; init; } = 20;

    /// <summary>Rows of a band, all of which must match.</summary>
    public int Rows { get; init; } = 10;

    /// <summary>Seed of the hash functions.</summary>
    public ulong Seed { get; init; }

    /// <summary>
    /// How likely documents of similarity <paramref name="similarity"/> are to be compared: 1 − (1 − s^r)^b
    /// (arXiv 2107.06499, appendix A; Leskovec et al., Mining of Massive Datasets, §3.4.2).
    /// </summary>
    public double Probability(double similarity) => 1 - Math.Pow(1 - Math.Pow(similarity, Rows), Bands);
}
