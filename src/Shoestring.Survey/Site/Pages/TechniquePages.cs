using Shoestring.Metering;
using Shoestring.Techniques;

namespace Shoestring.Survey;

/// <summary>A page for each technique that runs here, and the list of them.</summary>
static class TechniquePages
{
    const string ListPath = "techniques/index.html";

    public static IEnumerable<SitePage> Write(SiteContent content) => [List(), .. TechniqueList.All.Select(technique => Page(content, technique))];

    static SitePage List()
    {
        var links = SiteLinks.From(ListPath);
        return new SitePage(ListPath, "Techniques that run here", Html.Of($"""
            {TechniqueList.All.GroupBy(technique => technique.Family.Stage).Select(stage => Html.Of($"""
                <section><h2>{stage.Key}</h2>{stage.GroupBy(technique => technique.Family).Select(family => Html.Of($"""
                    <h3>{links.Family(family.Key)}</h3><ul class="techniques">{family.Select(technique => Html.Of($"<li>{links.Technique(technique.Id)} <span>{technique.Summary}</span></li>\n"))}</ul>
                    """))}</section>
                """))}
            """))
        {
            Lead = "Each is applied to a real model by one command; techniques compose in the order in which they are given.",
        };
    }

    static SitePage Page(SiteContent content, Technique technique)
    {
        string path = SiteLinks.TechniquePath(technique.Id);
        var links = SiteLinks.From(path);
        var markdown = new MarkdownHtml((words, _) => TechniqueList.All.Any(one => one.Id == words) ? links.To(SiteLinks.TechniquePath(words)) : null);
        var guide = TechniqueGuide.Of(technique);
        TechniqueText text = SiteData.Techniques[technique.Id];
        return new SitePage(path, technique.Id, Html.Of($"""
            <section aria-labelledby="equation"><h2 id="equation">Equation</h2>
            <p class="equation">{text.Equation}</p><p class="symbols">{text.Symbols}.</p></section>
            <section aria-labelledby="claims"><h2 id="claims">Claimed and measured</h2>{TechniqueEvidence.Claims(technique, content.Results)}</section>
            <section aria-labelledby="run"><h2 id="run">Run it</h2>{MarkdownHtml.Commands(guide.Commands)}{Layout(technique)}{Options(technique)}</section>
            <div class="when"><section aria-labelledby="use"><h2 id="use">When to use it</h2>{Advice(markdown, guide.Use, null)}</section>
            <section aria-labelledby="avoid"><h2 id="avoid">When not to</h2>{Advice(markdown, guide.Avoid, text.Avoid)}</section></div>
            <section aria-labelledby="does" class="prose"><h2 id="does">What it does</h2>{guide.Body.Select(block => markdown.Block(block, 3))}</section>
            {TechniqueEvidence.Table(technique, content.Results)}
            <section aria-labelledby="papers"><h2 id="papers">Papers</h2>{PaperList.Write(content.Of(technique.Id), links)}</section>
            """))
        {
            Kind = $"{technique.Family.Stage} · {technique.Family.Name}",
            Lead = char.ToUpperInvariant(technique.Summary[0]) + technique.Summary[1..] + ".",
            Trail = [(technique.Family.Name, SiteLinks.FamilyPath(technique.Family))],
        };
    }

    static Html Layout(Technique technique) => Html.If(technique.Layout == ModelLayout.Shoestring, () => new Html("<p>Its files are read by this engine alone (architecture shoestring.*).</p>"));

    static Html Advice(MarkdownHtml markdown, IReadOnlyList<MarkdownBlock> own, string? more) =>
        Html.Of($"{own.Select(block => markdown.Block(block, 3))}{Html.If(more is not null, () => Html.Of($"<p>{more}</p>"))}");

    static Html Options(Technique technique)
    {
        var table = new HtmlTable("Options", "Option", "Default", "What it does", "Values");
        foreach (TechniqueOption option in technique.Options)
        {
            table.Row(Html.Of($"<code>{option.Name}</code>"), Html.If(option.Default.Length > 0, () => Html.Of($"<code>{option.Default}</code>")), Html.Text(option.Description), Html.Text(string.Join(", ", option.Values)));
        }

        return Html.If(!table.IsEmpty, () => Html.Of($"<h3>Options</h3>{table.Write()}"));
    }
}
