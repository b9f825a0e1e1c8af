namespace Shoestring.Training;

/// <summary>Documents that are equal token by token.</summary>
public static class ExactDuplicates
{
    /// <summary>For each document the first one that is equal to it: itself, where it is the first.</summary>
    /// <returns><c>[document]</c></returns>
    public static int[] FirstEqual(TokenStore store, IReadOnlyList<TokenSlice> documents)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(documents);
        Dictionary<(ulong Hash, int Count), List<int>> seen = [];
        int[] first = new int[documents.Count];
        for (int document = 0; document < first.Length; document++)
        {
            int[] tokens = store.Read(documents[document]);
            (ulong Hash, int Count) key = (TokenHash.Of(tokens), tokens.Length);
            if (!seen.TryGetValue(key, out List<int>? same))
            {
                seen[key] = same = [];
            }
            // The hash only says where to look.
            int found = same.FindIndex(other => store.Read(documents[other]).AsSpan().SequenceEqual(tokens));
            first[document] = found < 0 ? document : same[found];
            if (found < 0)
            {
                same.Add(document);
            }
        }
        return first;
    }

    /// <summary>The documents without those that are equal to an earlier one.</summary>
    public static IReadOnlyList<TokenSlice> Remove(TokenStore store, IReadOnlyList<TokenSlice> documents)
    {
        int[] first = FirstEqual(store, documents);
        return [.. documents.Where((_, i) => first[i] == i)];
    }
}

/// <summary>Hashes of token sequences, the same in every process: what is chosen by them must be.</summary>
static class TokenHash
{
    /// <summary>SplitMix64's finalizer (Steele et al., OOPSLA 2014), chained.</summary>
    public static ulong Of(ReadOnlySpan<int> tokens)
    {
        ulong hash = (ulong)tokens.Length;
        foreach (int token in tokens)
        {
            hash = Mix(hash ^ (uint)token);
        }
        return hash;
    }

    public static ulong Mix(ulong z)
    {
        z += 0x9E3779B97F4A7C15;
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
        z = (z ^ z >> 27) * 0x94D049BB133111EB;
        return z ^ z >> 31;
    }
}
