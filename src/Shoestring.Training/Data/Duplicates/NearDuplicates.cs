namespace Shoestring.Training;

/// <summary>
/// Near-duplicates by MinHash and locality-sensitive hashing (Lee et al., arXiv 2107.06499, §4.2 and appendix A): documents
/// whose signatures agree in all rows of a band are compared, and those that are alike enough are joined into clusters. What is
/// found is exactly alike enough; what is missed is missed with the probability that the options tell.
/// </summary>
public sealed class NearDuplicates
{
    readonly TokenStore store;
    readonly IReadOnlyList<TokenSlice> documents;
    readonly NearDuplicateOptions options;
    readonly MinHash hash;

    /// <summary>Prepares to look for them among documents.</summary>
    public NearDuplicates(TokenStore store, IReadOnlyList<TokenSlice> documents, NearDuplicateOptions options)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(documents);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(Math.Min(options.Shingle, Math.Min(options.Bands, options.Rows)), 1, nameof(options));
        (this.store, this.documents, this.options, hash) = (store, documents, options, new MinHash(options));
    }

    /// <summary>The pairs that agree in a band, each once and in ascending order.</summary>
    public IReadOnlyList<(int First, int Second)> Candidates() => [.. Agreeing(Bands()).Distinct().Order()];

    /// <summary>The Jaccard similarity of two documents' sets of shingles.</summary>
    public double Similarity(int first, int second) => MinHash.Jaccard(Shingles(first), Shingles(second));

    /// <summary>For each document the first one of its cluster: itself, where it is the first.</summary>
    /// <returns><c>[document]</c></returns>
    public int[] FirstAlike()
    {
        int[] parents = [.. Enumerable.Range(0, documents.Count)];
        HashSet<(int First, int Second)> unlike = [];
        foreach ((int First, int Second) pair in Agreeing(Bands()))
        {
            (int first, int second) = (Root(parents, pair.First), Root(parents, pair.Second));
            if (first == second || unlike.Contains(pair))
            {
                continue;
            }
            if (Similarity(pair.First, pair.Second) >= options.Threshold)
            {
                parents[Math.Max(first, second)] = Math.Min(first, second);
            }
            else
            {
                unlike.Add(pair);
            }
        }
        return [.. parents.Select((_, document) => Root(parents, document))];
    }

    /// <summary>The documents without those that are near-duplicates of an earlier one.</summary>
    public IReadOnlyList<TokenSlice> Remove()
    {
        int[] first = FirstAlike();
        return [.. documents.Where((_, i) => first[i] == i)];
    }

    ulong[] Shingles(int document) => hash.Shingles(store.Read(documents[document]));

    /// <summary>What each band of each document's signature comes to: <c>[document][band]</c>.</summary>
    ulong[][] Bands()
    {
        ulong[] signature = new ulong[options.Bands * options.Rows];
        ulong[][] bands = new ulong[documents.Count][];
        for (int document = 0; document < bands.Length; document++)
        {
            hash.Sign(Shingles(document), signature);
            bands[document] = [.. Enumerable.Range(0, options.Bands).Select(band => Fold(signature.AsSpan(band * options.Rows, options.Rows)))];
        }
        return bands;
    }

    /// <summary>Pairs that agree in a band, band by band.</summary>
    IEnumerable<(int First, int Second)> Agreeing(ulong[][] bands)
    {
        for (int band = 0; band < options.Bands; band++)
        {
            Dictionary<ulong, List<int>> buckets = [];
            for (int document = 0; document < bands.Length; document++)
            {
                ulong key = bands[document][band];
                if (!buckets.TryGetValue(key, out List<int>? bucket))
                {
                    buckets[key] = bucket = [];
                }
                foreach (int other in bucket)
                {
                    yield return (other, document);
                }
                bucket.Add(document);
            }
        }
    }

    static ulong Fold(ReadOnlySpan<ulong> rows)
    {
        ulong folded = 0;
        foreach (ulong row in rows)
        {
            folded = TokenHash.Mix(folded ^ row);
        }
        return folded;
    }

    static int Root(int[] parents, int document)
    {
        while (parents[document] != document)
        {
            document = parents[document] = parents[parents[document]];
        }
        return document;
    }
}
