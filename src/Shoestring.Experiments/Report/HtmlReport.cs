using Shoestring.Tensors;

namespace Shoestring.Experiments;

/// <summary>
/// A search's result as one HTML page that loads nothing: style, plots and script are in it, and a content security policy
/// allows no others. Names and paths are escaped, whatever they hold.
/// </summary>
public static class HtmlReport
{
    /// <summary>Writes the page, whole or not at all.</summary>
    /// <exception cref="InputException">It cannot be written there.</exception>
    public static void Write(OptimizeResult result, string path) => ReportPage.Write(Page(result), path);

    /// <summary>The page.</summary>
    public static string Page(OptimizeResult result)
    {
        IReadOnlyList<ReportRow> rows = ReportRow.Of(result), whole = [.. rows.Where(row => row.Candidate.Stopped is null)];
        PlotAxis[] axes = [.. ReportRow.Columns(result).Select(metric => PlotAxis.Of(metric, result.All)).OfType<PlotAxis>()];
        return new ReportPage(Short(result.Model.Name, result.Model.Path), Markup.Of($"""
            <a class="skip" href="#candidates">To the table of candidates</a>
            {Heading(result)}
            <main>
            {SummarySection.Write(result)}
            {PlotSection.Write(rows, axes)}
            {CandidateSection.Write(result, whole, GivenUpSection.Write(result, rows))}
            {ClaimSection.Write(result)}
            {InteractionSection.Write(result)}
            {SensitivitySection.Write(result)}
            {BarSection.Write(whole)}
            {SurveyMetricSection.Write(result)}
            {ReceiptSection.Write(result)}
            {ReproduceSection.Write(result, whole)}
            {NotesSection.Write(result)}
            </main>
            {ReportPage.Footer(result.Version, result.Time)}
            <div id="tip" role="status" hidden></div>
            <script type="application/json" id="plot-data">{PlotData.Write(rows, axes)}</script>
            """))
        {
            Script = ReportScript.Text,
        }.Text;
    }

    static Markup Heading(OptimizeResult result) => Markup.Of($"""
        <header>
        <p class="eyebrow">Shoestring report</p>
        <h1><bdi>{Short(result.Model.Name, result.Model.Path)}</bdi></h1>
        <p class="meta">{Counted(result)} on {ReportPage.Day(result.Time)} · {result.Machine.ToString()} · text: <bdi>{Short(result.Text.Name, result.Text.Path)}</bdi></p>
        </header>
        """);

    static string Counted(OptimizeResult result) => result.All.Count(one => one.Stopped is not null) switch
    {
        0 => $"{result.All.Count} candidates measured",
        var given => $"{result.All.Count} candidates tried, {result.All.Count - given} measured whole",
    };

    // Where a name is but the path, its last part names the thing; the whole path stands with the inputs.
    static string Short(string name, string path) => name == path && Path.GetFileName(Path.TrimEndingDirectorySeparator(path)) is { Length: > 0 } last ? last : name;
}
