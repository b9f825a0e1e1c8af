namespace Shoestring.Survey;

/// <summary>Entries of one paper, as they come together.</summary>
sealed class PaperGroup
{
    /// <summary>The paper as the catalogue had it before; null for a new one.</summary>
    public Paper? Seed { get; init; }

    /// <summary>The entries as they stand, each with its known errors mended beside it.</summary>
    public List<(SourceEntry Raw, SourceEntry Mended, IReadOnlyList<Mend> Mends)> Members { get; } = [];

    /// <summary>All titles that it goes by.</summary>
    public List<string> Titles { get; } = [];

    public string? Arxiv { get; set; }

    public string? Doi { get; set; }
}

/// <summary>Finds the paper that an entry is of: by arXiv identifier, by DOI, by address, by title.</summary>
sealed class PaperIndex
{
    // From what the three sources hold: the pairs that are one work under a changed title lie above these, those that are two lie below.
    const double SameTitle = 0.92;
    const double SameNameAndTitle = 0.8;
    const double OtherTitle = 0.3;
    const int CandidateWords = 4;
    const int CandidateLimit = 400;
    const int FewestWords = 4;

    readonly Dictionary<string, PaperGroup> byIdentity = new(StringComparer.Ordinal);
    readonly Dictionary<string, List<PaperGroup>> byWord = new(StringComparer.Ordinal);

    /// <summary>The paper's group, or null where none is known; <paramref name="doubt"/> says why one that looks the same was not taken.</summary>
    public PaperGroup? Find(SourceEntry entry, out string? doubt)
    {
        doubt = null;
        string? arxiv = Arxiv(entry);
        if (arxiv is not null && byIdentity.TryGetValue("arxiv:" + arxiv, out PaperGroup? same))
        {
            if (Closest(same, entry.Title) >= OtherTitle)
            {
                return same;
            }

            doubt = $"arXiv {arxiv} is already \"{same.Titles[0]}\"";
            return null;
        }

        foreach (string identity in Identities(entry, asked: true))
        {
            if (byIdentity.TryGetValue(identity, out PaperGroup? group))
            {
                if (!Contradicts(group, arxiv))
                {
                    return group;
                }

                doubt ??= $"it is named like arXiv {group.Arxiv}";
            }
        }

        return doubt is null ? Similar(entry.Title, arxiv) : null;
    }

    /// <summary>Adds what an entry says to how its paper is found.</summary>
    public void Add(PaperGroup group, SourceEntry entry, bool withArxiv = true)
    {
        string? arxiv = withArxiv ? Arxiv(entry) : null;
        group.Arxiv ??= arxiv;
        group.Doi ??= PaperIdentity.Doi(entry.Doi ?? entry.Url);
        group.Titles.Add(entry.Title);
        if (arxiv is not null)
        {
            byIdentity.TryAdd("arxiv:" + arxiv, group);
        }

        foreach (string identity in Identities(entry, asked: false))
        {
            byIdentity.TryAdd(identity, group);
        }

        foreach (string word in Longest(entry.Title))
        {
            if (!byWord.TryGetValue(word, out List<PaperGroup>? groups))
            {
                byWord.Add(word, groups = []);
            }

            groups.Add(group);
        }
    }

    /// <summary>The arXiv identifier that an entry gives, by field or by address.</summary>
    public static string? Arxiv(SourceEntry entry) => PaperIdentity.Arxiv(entry.Arxiv) ?? PaperIdentity.Arxiv(entry.Url);

    // A title without the method's name before the colon is how preprints and reference lists often have it; of two names each is
    // a work of its own.
    static IEnumerable<string> Identities(SourceEntry entry, bool asked)
    {
        if (PaperIdentity.Doi(entry.Doi ?? entry.Url) is { } doi)
        {
            yield return "doi:" + doi;
        }

        if (PaperIdentity.Canonical(entry.Url) is { } url && PaperIdentity.Arxiv(url) is null && !url.StartsWith("https://github.com", StringComparison.Ordinal))
        {
            yield return url;
        }

        yield return "title:" + TitleText.Compact(entry.Title);
        string rest = TitleText.Rest(entry.Title);
        if (TitleText.Words(rest).Count > FewestWords)
        {
            bool named = rest.Length < entry.Title.Length;
            if (named || asked)
            {
                yield return (named && asked ? "title:" : "rest:") + TitleText.Compact(rest);
            }
        }
    }

    static bool Contradicts(PaperGroup group, string? arxiv) => arxiv is not null && group.Arxiv is not null && group.Arxiv != arxiv;

    static double Closest(PaperGroup group, string title) => group.Titles.Max(known => TitleText.Likeness(known, title));

    PaperGroup? Similar(string title, string? arxiv)
    {
        string? name = TitleText.Name(title);
        PaperGroup? best = null;
        double most = 0;
        foreach (PaperGroup group in Longest(title).Where(byWord.ContainsKey).SelectMany(word => byWord[word].Take(CandidateLimit)).Distinct())
        {
            if (Contradicts(group, arxiv))
            {
                continue;
            }

            foreach (string known in group.Titles)
            {
                double needed = name is not null && TitleText.Name(known) == name ? SameNameAndTitle : SameTitle;
                double similarity = TitleText.Similarity(known, title);
                if (similarity >= needed && similarity > most && Digits(known) == Digits(title) && Signs(known) == Signs(title))
                {
                    (best, most) = (group, similarity);
                }
            }
        }

        return best;
    }

    // V2, II and + tell a work from its successor, which is called alike in all else.
    static string Digits(string title) => string.Concat(title.Where(char.IsAsciiDigit));

    static int Signs(string title) => title.Count(letter => letter is '+' or '#' or '*');

    static IEnumerable<string> Longest(string title) =>
        TitleText.Words(title).Distinct().OrderByDescending(word => word.Length).ThenBy(word => word, StringComparer.Ordinal).Take(CandidateWords);
}
