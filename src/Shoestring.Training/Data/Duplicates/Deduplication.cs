namespace Shoestring.Training;

/// <summary>Which duplicates are taken out of a training text.</summary>
public sealed record DeduplicationOptions
{
    /// <summary>Whether documents that are equal to an earlier one are left out; it changes nothing that a model could learn only from the copy.</summary>
    public bool Exact { get; init; } = true;

    /// <summary>How near-duplicates are found, or null to keep them.</summary>
    public NearDuplicateOptions? Near { get; init; }

    /// <summary>The length in tokens from which on repeated passages are cut out, or null to keep them; <see cref="ExactSubstrings.UsualLength"/> is the paper's.</summary>
    public int? SubstringLength { get; init; }
}

/// <summary>What is left of a training text, and what was taken out.</summary>
/// <param name="Documents">What is left, in its order.</param>
/// <param name="ExactDocuments">Documents that were equal to an earlier one.</param>
/// <param name="NearDocuments">Documents that were near-duplicates of an earlier one.</param>
/// <param name="SubstringTokens">Tokens of passages that had been said before.</param>
public sealed record DeduplicatedText(IReadOnlyList<TokenSlice> Documents, int ExactDocuments, int NearDocuments, long SubstringTokens);

/// <summary>Takes duplicates out of a training text: equal documents, then near-duplicates, then passages (Lee et al., arXiv 2107.06499, §4).</summary>
public static class Deduplication
{
    /// <summary>Takes them out; of each group the first stays.</summary>
    public static DeduplicatedText Apply(TokenStore store, IReadOnlyList<TokenSlice> documents, DeduplicationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        IReadOnlyList<TokenSlice> distinct = options.Exact ? ExactDuplicates.Remove(store, documents) : documents;
        IReadOnlyList<TokenSlice> unlike = options.Near is { } near ? new NearDuplicates(store, distinct, near).Remove() : distinct;
        IReadOnlyList<TokenSlice> left = options.SubstringLength is { } length ? ExactSubstrings.Remove(store, unlike, length) : unlike;
        return new DeduplicatedText(left, documents.Count - distinct.Count, distinct.Count - unlike.Count, Tokens(unlike) - Tokens(left));
    }

    static long Tokens(IReadOnlyList<TokenSlice> documents) => documents.Sum(document => (long)document.Count);
}
