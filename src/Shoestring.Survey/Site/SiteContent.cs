using Shoestring.Techniques;

namespace Shoestring.Survey;

/// <summary>Everything that pages are made from, in the orders that they show.</summary>
sealed class SiteContent
{
    readonly ILookup<SurveyFamily, CataloguedPaper> byFamily;
    readonly ILookup<string, CataloguedPaper> byTechnique;

    public SiteContent(IReadOnlyList<Paper> papers, MeasuredResults results)
    {
        Paper[] sorted = [.. TechniquePapers.Linked(papers)
            .OrderByDescending(paper => PaperDate.Of(paper)).ThenBy(paper => paper.Title, StringComparer.Ordinal).ThenBy(paper => paper.Key, StringComparer.Ordinal)];
        IReadOnlyList<string> slugs = SiteSlug.Distinct(sorted.Select(paper => paper.Key));
        Papers = [.. sorted.Select((paper, i) => new CataloguedPaper(paper, slugs[i]))];
        byFamily = Papers.SelectMany(one => one.Paper.Homes.Distinct().Select(home => (home, one))).ToLookup(pair => pair.home, pair => pair.one);
        byTechnique = Papers.SelectMany(one => one.Paper.Techniques.Distinct().Select(id => (id, one))).ToLookup(pair => pair.id, pair => pair.one);
        Results = results;
        Stages = [.. SiteData.Tree.Stages];
    }

    /// <summary>All papers, the newest first.</summary>
    public IReadOnlyList<CataloguedPaper> Papers { get; }

    /// <summary>What was measured.</summary>
    public MeasuredResults Results { get; }

    /// <summary>The stages of a model's life in order.</summary>
    public IReadOnlyList<StageText> Stages { get; }

    /// <summary>The leaves in the survey's order.</summary>
    public static IReadOnlyList<SurveyFamily> Families => SurveyTree.Families;

    /// <summary>The papers of a leaf.</summary>
    public IReadOnlyList<CataloguedPaper> Of(SurveyFamily family) => [.. byFamily[family]];

    /// <summary>The papers of a technique.</summary>
    public IReadOnlyList<CataloguedPaper> Of(string technique) => [.. byTechnique[technique]];

    /// <summary>The techniques of a leaf that run here.</summary>
    public static IReadOnlyList<Technique> Techniques(SurveyFamily family) => [.. TechniqueList.All.Where(technique => technique.Family == family)];

    /// <summary>What is told of a leaf.</summary>
    public static FamilyText Text(SurveyFamily family) => SiteData.Tree.Families.First(text => text.Family == family.Name);
}

/// <summary>A paper with the name of its page.</summary>
/// <param name="Paper">The paper.</param>
/// <param name="Slug">Its page's name without folder and ending.</param>
sealed record CataloguedPaper(Paper Paper, string Slug)
{
    /// <summary>Where its page lies.</summary>
    public string Path => $"paper/{Slug}.html";

    /// <summary>Where its BibTeX entry lies.</summary>
    public string BibTexPath => $"paper/{Slug}.bib";
}
