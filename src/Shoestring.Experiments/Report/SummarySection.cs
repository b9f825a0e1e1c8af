using Shoestring.Metering;

namespace Shoestring.Experiments;

/// <summary>The answer: what was chosen, its main figures beside the original's, and why.</summary>
static class SummarySection
{
    static readonly string[] tiles = ["storedBytes", "peakResidentBytes", "prefillTokensPerSecond", "decodeTokensPerSecond", "joulesPerToken", "quality"];

    public static Markup Write(OptimizeResult result) => Markup.Of($"""
        <section aria-labelledby="chosen-title">
        <h2 id="chosen-title">{(result.Chosen is null ? "Nothing meets the budget" : "Chosen")}</h2>
        {result.Warnings.Select(Note)}{Markup.If(result.Interrupted, () => Note("The search was stopped before its end: what follows is what had been measured by then."))}
        {(result.Chosen is { } chosen ? Chosen(result, chosen) : None(result))}
        <p class="soft">{Markup.If(result.Choice.Met, () => Markup.Of($"Budget: {string.Join(", ", result.Budget)}. "))}{result.Choice.Reason}</p>
        {Markup.If(result.Chosen is not null, () => Tiles(result))}
        </section>
        """);

    static Markup Note(string text) => Markup.Of($"""<p class="note">{text}</p>""");

    static Markup Chosen(OptimizeResult result, Candidate chosen) => Markup.Of($"""
        <div class="verdict"><p class="name">{chosen.Label}</p>
        {Markup.If(result.ChosenModel is not null, () => Markup.Of($"<p>Written to <code>{result.ChosenModel!}</code></p>"))}{Markup.If(chosen.Layout == Techniques.ModelLayout.Shoestring, () => new Markup("<p class=\"soft\">Only this engine reads that file: its architecture is named shoestring.*, and llama.cpp refuses it.</p>"))}</div>
        """);

    static Markup None(OptimizeResult result) => result.Choice.NearestMiss is { } nearest
        ? Markup.Of($"""<div class="verdict none"><p class="name">Nearest: {CandidatePlan.LabelOf(nearest)}</p></div>""")
        : Markup.Empty;

    static Markup Tiles(OptimizeResult result) => Markup.Of($"""
        <dl class="tiles">{tiles.Select(CandidateMetric.Get).Where(metric => metric.Read(result.Chosen!).Value is not null).Select(metric => Tile(metric, result))}</dl>
        """);

    static Markup Tile(CandidateMetric metric, OptimizeResult result)
    {
        Figure figure = metric.Read(result.Chosen!);
        return Markup.Of($"<div><dt>{metric.Label}</dt><dd>{ReportNumber.Format(metric, figure)}{SourceMark.Of(figure)}<small>{Beside(metric, figure, metric.Read(result.Baseline))}</small></dd></div>");
    }

    static string Beside(CandidateMetric metric, Figure figure, Figure original) =>
        metric.IsQuality ? ReportNumber.Interval(metric, figure)
        : original.Value is { } value and not 0 ? $"{ReportNumber.Ratio(figure.Value!.Value, value)} the original's {ReportNumber.Format(metric, value)}"
        : "";
}

/// <summary>The letter beside a number that says where it came from.</summary>
static class SourceMark
{
    public static Markup Of(Figure figure) => figure.Source == FigureSource.Unavailable
        ? Markup.Empty
        : Markup.Of($"""<abbr class="src" title="{FigureText.Name(figure.Source)}: {figure.How}">{FigureText.Mark(figure.Source).ToString()}</abbr>""");
}
