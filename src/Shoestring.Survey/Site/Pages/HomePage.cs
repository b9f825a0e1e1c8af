using System.Globalization;
using Shoestring.Techniques;

namespace Shoestring.Survey;

/// <summary>The survey's tree: stages, groups and leaves, with what there is of each.</summary>
static class HomePage
{
    const string Path = "index.html";

    public static SitePage Write(SiteContent content)
    {
        var links = SiteLinks.From(Path);
        return new SitePage(Path, "Large language models on less: the field as a tree that runs", Html.Of($"""
            {Counts(content, links)}
            <section aria-labelledby="tree"><h2 id="tree">Techniques by stage of a model’s life</h2>
            <p class="prose">The tree is the survey’s figure 1. Leaves with a dashed edge were added to it, since methods exist that have no place in it. A number is that of the leaf’s papers; a dot says that techniques of it run here.</p>
            <div class="tree">{content.Stages.Select((stage, i) => Stage(content, links, stage, i))}</div></section>
            <section aria-labelledby="newest"><h2 id="newest">Newest papers</h2>
            {PaperList.Write(content.Papers.Take(8), links)}
            <p><a href="{links.To(SiteLinks.PapersPath(1))}">All papers, with search</a></p></section>
            """))
        {
            Lead = "Every technique of the survey’s lifecycle, what is claimed of it for five resources, what was measured here, and the papers behind it.",
        };
    }

    static Html Counts(SiteContent content, SiteLinks links) => Html.Of($"""
        <ul class="counts">
        {Count(content.Papers.Count, "papers", links.To(SiteLinks.PapersPath(1)))}
        {Count(SiteContent.Families.Count, "leaves of the tree", "#tree")}
        {Count(TechniqueList.All.Count, "techniques that run here", links.To("techniques/index.html"))}
        {Count(content.Results.All.DistinctBy(one => (one.Setup, one.Quantity, one.Source)).Count(), "figures measured here", links.To("matrix.html"))}
        </ul>
        """);

    static Html Count(int number, string words, string address) =>
        Html.Of($"""<li><a href="{address}"><strong>{number.ToString("N0", CultureInfo.InvariantCulture)}</strong> {words}</a></li>""");

    static Html Stage(SiteContent content, SiteLinks links, StageText stage, int index) => Html.Of($"""
        <section class="stage stage-{index}" aria-labelledby="stage-{index}"><h3 id="stage-{index}">{stage.Name}</h3>
        <p>{stage.About}</p>
        <ul class="groups">{SiteContent.Families.Where(family => family.Stage == stage.Name).GroupBy(family => family.Group).Select(group => Group(content, links, group))}</ul></section>

        """);

    static Html Group(SiteContent content, SiteLinks links, IGrouping<string, SurveyFamily> group) => Html.Of($"""
        <li>{Html.If(group.Count() > 1 || group.First().Name != group.Key, () => Html.Of($"""<span class="group">{group.Key}</span>"""))}<ul>{group.Select(family => Leaf(content, links, family))}</ul></li>
        """);

    static Html Leaf(SiteContent content, SiteLinks links, SurveyFamily family)
    {
        int papers = content.Of(family).Count, run = SiteContent.Techniques(family).Count;
        return Html.Of($"""
            <li><a class="leaf{(SiteContent.Text(family).Beyond ? " beyond" : "")}" href="{links.To(SiteLinks.FamilyPath(family))}">{family.Name}
            <span class="tally"><span class="unseen">{(SiteContent.Text(family).Beyond ? ", beyond the survey" : "")}, </span>{papers}<span class="unseen"> {(papers == 1 ? "paper" : "papers")}</span>{Html.If(run > 0, () => Html.Of($"""<span class="dot" aria-hidden="true"></span><span class="unseen">, {run} run here</span>"""))}</span></a></li>
            """);
    }
}
