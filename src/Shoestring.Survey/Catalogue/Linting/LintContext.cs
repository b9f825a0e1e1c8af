namespace Shoestring.Survey;

/// <summary>All entries that are looked at together, and what is asked of them often.</summary>
sealed class LintContext
{
    /// <param name="entries">The entries, source by source, in their order.</param>
    public LintContext(IReadOnlyList<SourceEntry> entries)
    {
        Entries = entries;
        ById = entries.Where(entry => PaperIndex.Arxiv(entry) is not null).ToLookup(entry => PaperIndex.Arxiv(entry)!, StringComparer.Ordinal);
        ByTitle = entries.ToLookup(entry => TitleText.Compact(entry.Title), StringComparer.Ordinal);
        foreach (string word in entries.SelectMany(entry => TitleText.Words(entry.Title).Distinct()))
        {
            Vocabulary[word] = Vocabulary.GetValueOrDefault(word) + 1;
        }
    }

    public IReadOnlyList<SourceEntry> Entries { get; }

    /// <summary>Entries by arXiv identifier.</summary>
    public ILookup<string, SourceEntry> ById { get; }

    /// <summary>Entries by the letters and digits of their titles.</summary>
    public ILookup<string, SourceEntry> ByTitle { get; }

    /// <summary>How many entries have a word in their title.</summary>
    public Dictionary<string, int> Vocabulary { get; } = new(StringComparer.Ordinal);

    /// <summary>Other entries that are of the same work, by identifier or by title.</summary>
    public IEnumerable<SourceEntry> Same(SourceEntry entry) =>
        (PaperIndex.Arxiv(entry) is { } arxiv ? ById[arxiv] : []).Concat(ByTitle[TitleText.Compact(entry.Title)]).Where(other => !ReferenceEquals(other, entry)).Distinct();
}
