using System.Globalization;
using System.Security.Cryptography;
using System.Text;
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
    public static void Write(OptimizeResult result, string path)
    {
        string page = Page(result);
        try
        {
            AtomicFile.Write(path, page);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"the report cannot be written ({fault.Message.ReplaceLineEndings(" ").TrimEnd('.')})", path,
                "free some space or choose another folder with -o", fault);
        }
    }

    /// <summary>The page.</summary>
    public static string Page(OptimizeResult result)
    {
        IReadOnlyList<ReportRow> rows = ReportRow.Of(result), whole = [.. rows.Where(row => row.Candidate.Stopped is null)];
        PlotAxis[] axes = [.. ReportRow.Columns(result).Select(metric => PlotAxis.Of(metric, result.All)).OfType<PlotAxis>()];
        return Markup.Of($"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'sha256-{StyleHash}'; script-src 'sha256-{ScriptHash}'">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>{Short(result.Model.Name, result.Model.Path)} · Shoestring report</title>
            <style>{Verbatim(ReportStyle.Text)}</style>
            </head>
            <body>
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
            <footer><p>Written by Shoestring {result.Version} on {Day(result)}. This page is one file and loads nothing.</p></footer>
            <div id="tip" role="status" hidden></div>
            <script type="application/json" id="plot-data">{PlotData.Write(rows, axes)}</script>
            <script>{Verbatim(ReportScript.Text)}</script>
            </body>
            </html>

            """).Text;
    }

    static Markup Heading(OptimizeResult result) => Markup.Of($"""
        <header>
        <p class="eyebrow">Shoestring report</p>
        <h1><bdi>{Short(result.Model.Name, result.Model.Path)}</bdi></h1>
        <p class="meta">{Counted(result)} on {Day(result)} · {result.Machine.ToString()} · text: <bdi>{Short(result.Text.Name, result.Text.Path)}</bdi></p>
        </header>
        """);

    static string Counted(OptimizeResult result) => result.All.Count(one => one.Stopped is not null) switch
    {
        0 => $"{result.All.Count} candidates measured",
        var given => $"{result.All.Count} candidates tried, {result.All.Count - given} measured whole",
    };

    // Where a name is but the path, its last part names the thing; the whole path stands with the inputs.
    static string Short(string name, string path) => name == path && Path.GetFileName(Path.TrimEndingDirectorySeparator(path)) is { Length: > 0 } last ? last : name;

    static string Day(OptimizeResult result) => result.Time.ToUniversalTime().ToString("d MMMM yyyy, HH:mm 'UTC'", CultureInfo.InvariantCulture);

    static Markup Verbatim(string text) => new(text);

    static string StyleHash { get; } = Hash(ReportStyle.Text);

    static string ScriptHash { get; } = Hash(ReportScript.Text);

    // The policy's hash is over the element's text exactly, with line feeds, which is how a browser reads it.
    static string Hash(string text) => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
