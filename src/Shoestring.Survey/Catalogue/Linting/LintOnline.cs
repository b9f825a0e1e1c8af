namespace Shoestring.Survey;

/// <summary>Holds identifiers against what the archive says of them.</summary>
public static class LintOnline
{
    const double OtherTitle = 0.3;

    /// <summary>Findings for entries whose arXiv identifier is of a work with another title, or of none.</summary>
    /// <param name="entries">The entries.</param>
    /// <param name="archive">What arXiv answered for their identifiers.</param>
    public static IReadOnlyList<LintFinding> Find(IReadOnlyList<SourceEntry> entries, IReadOnlyList<SourceEntry> archive)
    {
        Dictionary<string, SourceEntry> known = archive.DistinctBy(entry => entry.Arxiv!).ToDictionary(entry => entry.Arxiv!, StringComparer.Ordinal);
        var findings = new List<LintFinding>();
        foreach (SourceEntry entry in entries)
        {
            if (PaperIndex.Arxiv(entry) is not { } arxiv)
            {
                continue;
            }

            if (!known.TryGetValue(arxiv, out SourceEntry? said))
            {
                findings.Add(LintFinding.Of("id-unknown", entry, "arxiv", arxiv, "the paper's own identifier", "arXiv has no paper of it"));
            }
            else if (TitleText.Likeness(said.Title, entry.Title) < OtherTitle)
            {
                findings.Add(LintFinding.Of("id-of-other", entry, "arxiv", arxiv, $"the identifier of \"{entry.Title}\", or its new title", $"arXiv {arxiv} is \"{said.Title}\""));
            }
        }

        return findings;
    }
}
