using Shoestring.Techniques;

namespace Shoestring.Survey;

/// <summary>Ties the catalogue to what runs here: each technique names its papers, and each of those papers names the technique.</summary>
static class TechniquePapers
{
    const string Source = "this product's list of techniques";

    /// <summary>The papers with the techniques that run here, and those of techniques that the catalogue lacks.</summary>
    public static IReadOnlyList<Paper> Linked(IReadOnlyList<Paper> papers)
    {
        ILookup<string, Technique> byArxiv = TechniqueList.All.SelectMany(technique => technique.Papers.Select(paper => (paper.ArxivId, technique))).ToLookup(pair => pair.ArxivId, pair => pair.technique);
        var known = papers.Select(paper => paper.Arxiv).OfType<string>().ToHashSet(StringComparer.Ordinal);
        return
        [
            .. papers.Select(paper => paper.Arxiv is { } id && byArxiv.Contains(id) ? With(paper, byArxiv[id]) : paper),
            .. TechniqueList.All.SelectMany(technique => technique.Papers).DistinctBy(paper => paper.ArxivId).Where(paper => !known.Contains(paper.ArxivId)).Select(paper => Of(paper, byArxiv[paper.ArxivId])),
        ];
    }

    static Paper With(Paper paper, IEnumerable<Technique> techniques) => paper with
    {
        Homes = [.. paper.Homes.Concat(techniques.Select(technique => technique.Family)).Distinct()],
        Techniques = [.. paper.Techniques.Concat(techniques.Select(technique => technique.Id)).Distinct()],
    };

    static Paper Of(Shoestring.Techniques.Paper paper, IEnumerable<Technique> techniques) => With(new Paper($"arxiv:{paper.ArxivId}", paper.Title)
    {
        Year = paper.Year,
        Venue = "arXiv",
        Arxiv = paper.ArxivId,
        Url = paper.Address,
        Provenance =
        [
            new Provenance("title", Source, null, paper.Title),
            new Provenance("arxiv", Source, null, paper.ArxivId),
        ],
    }, techniques);
}
