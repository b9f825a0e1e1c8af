using System.Text.RegularExpressions;

namespace Shoestring.Survey;

/// <summary>How existing surveys cover the field: groups that the outline names, and surveys of the catalogue by the words of their titles.</summary>
static partial class SurveysPage
{
    const string Path = "surveys.html";
    const int MostSurveys = 120;

    // Words of titles that name a topic, in the order of the data's topics.
    static readonly string[] words =
    [
        "overview|foundation|introduction", "architecture|attention|mixture|transformer", "pre-?train|training", "fine-?tun|adapt|peft|instruction",
        "compress|quantiz|quantis|prun|distil|low-bit|bit ", "accelerat|inference|decoding|serving|speculat|cache|efficien|fast", "hardware|accelerators|system|edge|device|serving|engine", "resource|energy|evaluat|benchmark|cost|green",
    ];

    public static SitePage Write(SiteContent content)
    {
        var links = SiteLinks.From(Path);
        SurveyCoverage coverage = SiteData.Surveys;
        CataloguedPaper[] surveys = [.. content.Papers.Where(one => Names().IsMatch(PaperText.Title(one.Paper))).Take(MostSurveys)];
        return new SitePage(Path, "How other surveys cover the field", Html.Of($"""
            <section aria-labelledby="groups"><h2 id="groups">As the survey sees them</h2>
            <p class="filed">{coverage.Source}.</p>
            {Matrix("Groups of surveys and their topics", coverage.Topics, coverage.Groups.Select(group => Group(coverage, group)))}</section>
            <section aria-labelledby="titles"><h2 id="titles">Surveys in the catalogue</h2>
            {(surveys.Length == 0 ? new Html("<p>The catalogue holds none.</p>") : Html.Of($"""
                <p class="filed">A topic is marked where a title names it {ProvenanceMark.Of("inferred")}; a survey may say more than its title.</p>
                {Matrix("Surveys of the catalogue and the topics of their titles", coverage.Topics, surveys.Select(one => Survey(one, links)))}
                """))}</section>
            """))
        {
            Lead = "Most look at one stage of a model’s life, and few at all five resources.",
        };
    }

    static Html Matrix(string caption, IReadOnlyList<string> topics, IEnumerable<Html> rows) => Html.Of($"""
        <div class="scroll matrix topics" tabindex="0" role="region" aria-label="{caption}"><table><thead><tr><th scope="col">Survey</th>{topics.Select(topic => Html.Of($"<th scope=\"col\">{topic}</th>"))}</tr></thead><tbody>{rows}</tbody></table></div>

        """);

    static Html Group(SurveyCoverage coverage, SurveyGroup group) => Html.Of($"""
        <tr><th scope="row">{group.Name} {Html.If(group.References.Length > 0, () => Html.Of($"<small>references {group.References}</small>"))}<p class="gap">{group.Gap}</p></th>{coverage.Topics.Select(topic => Dot(group.Covers.Contains(topic)))}</tr>

        """);

    static Html Survey(CataloguedPaper one, SiteLinks links) => Html.Of($"""
        <tr><th scope="row"><a href="{links.To(one.Path)}"><bdi>{PaperText.Title(one.Paper)}</bdi></a> <small>{PaperText.Published(one.Paper)}</small></th>{words.Select(topic => Dot(Regex.IsMatch(PaperText.Title(one.Paper), topic, RegexOptions.IgnoreCase)))}</tr>

        """);

    static Html Dot(bool covered) => new(covered ? """<td class="mark-cell"><span class="dot" aria-hidden="true"></span><span class="unseen">covered</span></td>""" : "<td></td>");

    [GeneratedRegex(@"\b(survey|review|roadmap|overview)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Names();
}
