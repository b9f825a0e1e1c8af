namespace Shoestring.Survey;

/// <summary>The same work a second time in one source.</summary>
static class DuplicateRules
{
    const double SameTitle = 0.85;
    const double OtherTitle = 0.3;
    const int FewestWords = 4;

    public static IEnumerable<LintFinding> Find(LintContext context)
    {
        foreach (IGrouping<string, SourceEntry> source in context.Entries.GroupBy(entry => entry.Source))
        {
            var seen = new Seen();
            foreach (SourceEntry entry in source)
            {
                if (seen.Find(entry) is { } finding)
                {
                    yield return finding;
                }

                seen.Add(entry);
            }
        }
    }

    sealed class Seen
    {
        readonly Dictionary<string, SourceEntry> byId = new(StringComparer.Ordinal);
        readonly Dictionary<string, SourceEntry> byTitle = new(StringComparer.Ordinal);
        readonly Dictionary<string, SourceEntry> byRest = new(StringComparer.Ordinal);
        readonly Dictionary<string, List<SourceEntry>> byName = new(StringComparer.Ordinal);

        public void Add(SourceEntry entry)
        {
            if (PaperIndex.Arxiv(entry) is { } arxiv)
            {
                byId.TryAdd(arxiv, entry);
            }

            byTitle.TryAdd(TitleText.Compact(entry.Title), entry);
            if (TitleText.Words(TitleText.Rest(entry.Title)).Count > FewestWords)
            {
                byRest.TryAdd(TitleText.Compact(TitleText.Rest(entry.Title)), entry);
            }

            if (TitleText.Name(entry.Title) is { } name)
            {
                if (!byName.TryGetValue(name, out List<SourceEntry>? named))
                {
                    byName.Add(name, named = []);
                }

                named.Add(entry);
            }
        }

        public LintFinding? Find(SourceEntry entry)
        {
            if (PaperIndex.Arxiv(entry) is { } arxiv && byId.TryGetValue(arxiv, out SourceEntry? same))
            {
                return TitleText.Likeness(same.Title, entry.Title) >= OtherTitle
                    ? Repeat("duplicate-id", entry, same, $"both are arXiv {arxiv}")
                    : LintFinding.Of("one-id-two-titles", entry, "duplicate", arxiv, $"look up arXiv {arxiv}: one of the two links is wrong, or the work was renamed",
                        $"line {same.Place} has the same identifier under \"{same.Title}\"");
            }

            if (byRest.TryGetValue(TitleText.Compact(TitleText.Rest(entry.Title)), out SourceEntry? rest) && (TitleText.Name(rest.Title) is null) != (TitleText.Name(entry.Title) is null))
            {
                // A preprint and its workshop paper are often called so; and two works may be.
                return Repeat("duplicate-rest", entry, rest, $"but for the method's name both are called the same; listed there under {rest.Url}") with { Level = LintLevel.Note };
            }

            return ByTitle(entry) is { } other ? Repeat("duplicate-title", entry, other, $"listed under another address there: {other.Url}") : null;
        }

        SourceEntry? ByTitle(SourceEntry entry)
        {
            if (byTitle.TryGetValue(TitleText.Compact(entry.Title), out SourceEntry? same))
            {
                return same;
            }

            return TitleText.Name(entry.Title) is { } name && byName.TryGetValue(name, out List<SourceEntry>? named)
                ? named.FirstOrDefault(known => !Differ(known, entry) && TitleText.Similarity(known.Title, entry.Title) >= SameTitle)
                : null;
        }

        static bool Differ(SourceEntry one, SourceEntry other) => PaperIndex.Arxiv(one) is { } left && PaperIndex.Arxiv(other) is { } right && left != right;

        static LintFinding Repeat(string rule, SourceEntry entry, SourceEntry first, string why) =>
            LintFinding.Of(rule, entry, "duplicate", entry.Title, $"make it one paper with line {first.Place}{(entry.Section == first.Section ? "" : ", at home in both sections")}", why);
    }
}
