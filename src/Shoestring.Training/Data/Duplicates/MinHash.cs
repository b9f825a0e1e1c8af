namespace Shoestring.Training;

/// <summary>
/// Signatures of documents (Broder 1997): for each of many hash functions the least hash of any shingle. Two documents agree at
/// a place with a probability that is the Jaccard similarity of their sets of shingles.
/// </summary>
sealed class MinHash
{
    readonly int shingle;
    readonly ulong[] functions;

    public MinHash(NearDuplicateOptions options)
    {
        shingle = options.Shingle;
        functions = [.. Enumerable.Range(0, options.Bands * options.Rows).Select(i => TokenHash.Mix(TokenHash.Mix(options.Seed ^ (ulong)RandomUse.MinHash) + (ulong)i))];
    }

    /// <summary>The hashes of a document's shingles, each once and in ascending order. A shorter document is a shingle by itself.</summary>
    public ulong[] Shingles(ReadOnlySpan<int> tokens)
    {
        ulong[] hashes = new ulong[Math.Max(1, tokens.Length - shingle + 1)];
        for (int i = 0; i < hashes.Length; i++)
        {
            hashes[i] = TokenHash.Of(tokens.Slice(i, Math.Min(shingle, tokens.Length)));
        }
        Array.Sort(hashes);
        int count = 1;
        for (int i = 1; i < hashes.Length; i++)
        {
            if (hashes[i] != hashes[count - 1])
            {
                hashes[count++] = hashes[i];
            }
        }
        return hashes[..count];
    }

    /// <summary>The signature of a set of shingles.</summary>
    /// <param name="shingles">Their hashes.</param>
    /// <param name="signature"><c>[function]</c></param>
    public void Sign(ReadOnlySpan<ulong> shingles, Span<ulong> signature)
    {
        for (int f = 0; f < functions.Length; f++)
        {
            ulong least = ulong.MaxValue;
            foreach (ulong hash in shingles)
            {
                least = Math.Min(least, TokenHash.Mix(hash ^ functions[f]));
            }
            signature[f] = least;
        }
    }

    /// <summary>|A ∩ B| / |A ∪ B| of two sets of shingles in ascending order.</summary>
    public static double Jaccard(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b)
    {
        int common = 0;
        for (int i = 0, j = 0; i < a.Length && j < b.Length;)
        {
            (ulong left, ulong right) = (a[i], b[j]);
            common += left == right ? 1 : 0;
            i += left <= right ? 1 : 0;
            j += right <= left ? 1 : 0;
        }
        return (double)common / (a.Length + b.Length - common);
    }
}
