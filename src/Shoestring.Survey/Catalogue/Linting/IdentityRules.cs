namespace Shoestring.Survey;

/// <summary>Links and identifiers of another work than the title says.</summary>
static class IdentityRules
{
    const double Alike = 0.55;

    // A work of another field whose title differs from one on language models in little else is the usual mistaken hit of a search.
    static readonly string[] otherFields = ["vision", "image", "images", "speech", "video", "graph", "audio"];

    public static IEnumerable<LintFinding> Find(LintContext context) => KnownMends(context).Concat(OtherField(context)).Concat(Unchecked(context));

    static IEnumerable<LintFinding> KnownMends(LintContext context) =>
        from entry in context.Entries
        from mend in Mend.Known
        where mend.Field is "arxiv" or "year" or "venue" or "url" && mend.Concerns(entry)
        select LintFinding.Of("known-error", entry, mend.Field, mend.From, mend.To.Length > 0 ? mend.To : "nothing", mend.Why);

    static IEnumerable<LintFinding> OtherField(LintContext context)
    {
        ILookup<string, SourceEntry> byEnd = context.Entries.ToLookup(entry => End(entry.Title), StringComparer.Ordinal);
        foreach (SourceEntry entry in context.Entries)
        {
            IReadOnlyList<string> words = TitleText.Words(entry.Title);
            if (words.FirstOrDefault(otherFields.Contains) is not { } field)
            {
                continue;
            }

            SourceEntry? meant = byEnd[End(entry.Title)].FirstOrDefault(other => !ReferenceEquals(other, entry) && TitleText.Words(other.Title) is var others
                && others[0] == words[0] && others.Contains("language") && !others.Contains(field)
                && TitleText.Compact(other.Title) != TitleText.Compact(entry.Title) && TitleText.Similarity(other.Title, entry.Title) >= Alike);
            if (meant is not null)
            {
                yield return LintFinding.Of("other-work", entry, "url", entry.Url, meant.Url ?? $"the address of \"{meant.Title}\"", $"it is a work on {field}; \"{meant.Title}\" is the one on language models ({meant.Where})");
            }
        }
    }

    static IEnumerable<LintFinding> Unchecked(LintContext context) =>
        context.Entries.Where(entry => entry.ArxivFrom == "memory" && !context.ById[PaperIndex.Arxiv(entry) ?? ""].Any(other => other.Source != entry.Source && TitleText.Similarity(other.Title, entry.Title) > Alike))
            .Select(entry => LintFinding.Of("unchecked-id", entry, "arxiv", entry.Arxiv, $"compare arXiv {entry.Arxiv} with the title and the year", "given from memory, and no other source names it") with { Level = LintLevel.Note });

    // The last four words: what a search for half a title matches.
    static string End(string title) => string.Join(' ', TitleText.Words(title).TakeLast(4));
}
