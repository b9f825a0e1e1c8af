using Shoestring.Metering;
using Shoestring.Techniques;

namespace Shoestring.Survey;

/// <summary>Techniques by resources: the survey's marks, the signed claims of what runs here, and what was measured; then where the survey disagrees with itself.</summary>
static class MatrixPage
{
    const string Path = "matrix.html";

    public static SitePage Write(SiteContent content)
    {
        var links = SiteLinks.From(Path);
        return new SitePage(Path, "Which technique saves which resource", Html.Of($"""
            <p class="prose">Rows on a grey ground are those of the survey’s table 2: <b>D</b> direct, <b>I</b> indirect, a question mark where the column was inferred {ProvenanceMark.Of("inferred")}. Below each stand the techniques of it that run here, with the sign of their claim
            and what was measured: a ratio of new to old, below 1 a saving, with its interval where there is one. An empty figure was not measured here.</p>
            <div class="scroll matrix" tabindex="0" role="region" aria-label="Matrix of techniques and resources"><table>
            <thead><tr><th scope="col">Technique</th>{ResourceText.All.Select(resource => Html.Of($"<th scope=\"col\">{ResourceText.Name(resource)}</th>"))}<th scope="col">Quality kept</th></tr></thead>
            <tbody>{SiteData.Claims.Rows.Select(row => Row(content, row, links))}{Beyond(content, links)}</tbody></table></div>
            <p class="filed">Marks: {SiteData.Claims.Source}. Importance sampling, libraries, edge devices and other systems have no row there.</p>
            <section aria-labelledby="tensions"><h2 id="tensions">Six places where the table and the prose disagree</h2>
            <div class="tensions">{SiteData.Tensions.Select(Tension)}</div></section>
            """))
        {
            Lead = "The survey marks what each technique helps. Here the marks have a sign, and measured figures stand beside them.",
        };
    }

    static Html Row(SiteContent content, ClaimRow row, SiteLinks links) => Html.Of($"""
        <tr class="survey"><th scope="row">{Name(row, links)} <small>{row.Section}</small></th>{ResourceText.All.Select(resource => Mark(row, resource))}<td></td></tr>
        {(row.Here ?? []).Select(id => Runs(content, TechniqueList.Find(id), links))}
        """);

    static Html Name(ClaimRow row, SiteLinks links) =>
        Html.Of($"""<a href="{links.To(SiteLinks.FamilyPath(SiteContent.Families.First(family => family.Name == row.Family)))}">{row.Technique}</a>""");

    static Html Mark(ClaimRow row, Resource resource) => row.Marks.TryGetValue(ResourceText.Name(resource).ToLowerInvariant(), out string? mark)
        ? Html.Of($"""<td class="mark-cell"><span aria-hidden="true">{mark}</span><span class="unseen">{(mark[0] == 'D' ? "direct" : "indirect")}{(mark.EndsWith('?') ? ", column inferred" : "")}</span></td>""")
        : new Html("<td></td>");

    static Html Beyond(SiteContent content, SiteLinks links)
    {
        HashSet<string> placed = [.. SiteData.Claims.Rows.SelectMany(row => row.Here ?? [])];
        IEnumerable<IGrouping<SurveyFamily, Technique>> others = TechniqueList.All.Where(technique => !placed.Contains(technique.Id)).GroupBy(technique => technique.Family);
        return Html.Join(others.Select(family => Html.Of($"""
            <tr class="survey"><th scope="row">{links.Family(family.Key)} <small>no row in the survey</small></th><td></td><td></td><td></td><td></td><td></td><td></td></tr>
            {family.Select(technique => Runs(content, technique, links))}
            """)));
    }

    static Html Runs(SiteContent content, Technique technique, SiteLinks links)
    {
        IReadOnlyList<Measurement> measured = content.Results.Of(technique.Id);
        return Html.Of($"""
            <tr><th scope="row">{links.Technique(technique.Id)}</th>{ResourceText.All.Select(resource => Cell(technique, measured, resource))}<td>{Range(measured, null)}</td></tr>

            """);
    }

    static Html Cell(Technique technique, IReadOnlyList<Measurement> measured, Resource resource)
    {
        ResourceClaim? claim = technique.Claims.FirstOrDefault(one => one.Resource == resource);
        return Html.Of($"<td>{(claim is null ? Html.Empty : ResourceText.Claim(claim))}{Range(measured, resource)}</td>");
    }

    // Over all settings that were measured: the technique's page has each of them.
    static Html Range(IReadOnlyList<Measurement> measured, Resource? resource)
    {
        Measurement[] figures = TechniqueEvidence.Chosen(measured, resource);
        if (figures.Length == 0)
        {
            return Html.Empty;
        }

        Measurement least = figures.MinBy(one => one.Value)!, most = figures.MaxBy(one => one.Value)!;
        return Html.Of($"""
            <span class="range-of"><strong>{(least == most ? MeasuredText.Value(least) : $"{MeasuredText.Value(least)} to {MeasuredText.Value(most)}")}</strong>
            <small>{Spread(figures)}{(figures.Length == 1 ? "" : $", {figures.Length} settings")}{(figures.All(one => one.IsSingle) ? "" : ", combined")}</small></span>
            """);
    }

    // Of one setting its interval; of several, from the lowest end to the highest.
    static string Spread(Measurement[] figures)
    {
        if (figures.All(one => one.Low is null))
        {
            return "exact";
        }

        Measurement whole = figures[0] with { Low = figures.Min(one => one.Low ?? one.Value), High = figures.Max(one => one.High ?? one.Value) };
        return $"[{MeasuredText.Interval(whole)}]";
    }

    static Html Tension(Tension tension) => Html.Of($"""
        <article><h3>{tension.Title}</h3><dl><div><dt>Table</dt><dd>{tension.Table}</dd></div><div><dt>Prose</dt><dd>{tension.Prose} {ProvenanceMark.Of(tension.Provenance)}</dd></div><div><dt>Here</dt><dd>{tension.Measured}</dd></div></dl></article>

        """);
}
