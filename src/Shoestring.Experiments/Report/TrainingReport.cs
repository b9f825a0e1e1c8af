using System.Globalization;
using Shoestring.Metering;
using Shoestring.Tensors;
using Shoestring.Training;

namespace Shoestring.Experiments;

/// <summary>A run of training as one HTML page that loads nothing.</summary>
/// <param name="Name">The start model, or what is said of a new one.</param>
/// <param name="Recipe">What was asked for.</param>
/// <param name="History">What was seen.</param>
/// <param name="Receipt">What it cost, with what had been predicted.</param>
public sealed record TrainingReport(string Name, TrainingRecipe Recipe, TrainingHistory History, Receipt Receipt)
{
    /// <summary>How it ended.</summary>
    public required string End { get; init; }

    /// <summary>Held-out loss of the model that is left, or null where nothing was held out.</summary>
    public required double? KeptHeldOutLoss { get; init; }

    /// <summary>Steps made.</summary>
    public required long Steps { get; init; }

    /// <summary>Weights that learned.</summary>
    public required long Learned { get; init; }

    /// <summary>All weights.</summary>
    public required long Parameters { get; init; }

    /// <summary>The files that it left.</summary>
    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>What the reader should know: records that were passed over, documents that were dropped.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>The program's version.</summary>
    public required string Version { get; init; }

    /// <summary>When it was written.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The machine.</summary>
    public MachineDescription Machine { get; init; } = MachineDescription.Current;

    /// <summary>Writes the page, whole or not at all.</summary>
    /// <exception cref="InputException">It cannot be written there.</exception>
    public void Write(string path) => ReportPage.Write(Page(), path);

    /// <summary>The page.</summary>
    public string Page() => new ReportPage(Short, Markup.Of($"""
        <header>
        <p class="eyebrow">Shoestring training</p>
        <h1><bdi>{Short}</bdi></h1>
        <p class="meta">{Recipe.Methods.DefaultIfEmpty("adamw").Aggregate((one, other) => $"{one} + {other}")} · {Number(Receipt.Work.PromptTokens)} tokens of <bdi>{Path.GetFileName(Recipe.Data.File)}</bdi> · {ReportPage.Day(Time)} · {Machine.ToString()}</p>
        </header>
        <main>
        {Summary()}
        {Losses()}
        {Forecast()}
        <section aria-labelledby="receipt-heading">
        <h2 id="receipt-heading">What it cost</h2>
        {ReceiptSection.Table(Receipt)}
        </section>
        {Again()}
        </main>
        {ReportPage.Footer(Version, Time)}
        """)).Text;

    string Short => Path.GetFileName(Path.TrimEndingDirectorySeparator(Name)) is { Length: > 0 } last ? last : Name;

    Markup Summary() => Markup.Of($"""
        <section aria-labelledby="result-heading">
        <h2 id="result-heading">What came of it</h2>
        {Notes.Select(note => Markup.Of($"""<p class="note">{note}</p>"""))}
        <div class="verdict"><p class="name">{Verdict()}</p>
        <p>{Text($"{End} after {Steps:N0} of {Recipe.Steps:N0} steps; {Learned:N0} of {Parameters:N0} weights learned ({100.0 * Learned / Parameters:0.##} %)")}</p></div>
        <dl class="tiles">{Tiles()}</dl>
        </section>
        """);

    string Verdict() => History.HeldOut.Count > 1 && KeptHeldOutLoss is { } kept
        ? Text($"Held-out loss {History.HeldOut[0].Loss:0.000} to {kept:0.000}")
        : Smoothed() is { Count: > 0 } losses ? Text($"Loss {losses[0].Y:0.000} to {losses[^1].Y:0.000}") : "No step was made";

    IEnumerable<Markup> Tiles()
    {
        (string Label, Figure Figure)[] tiles =
        [
            ("Time", Receipt.Computation.Seconds), ("Rate", Receipt.Efficiency.TokensPerSecond), ("Share of the machine", Receipt.Computation.Utilization),
            ("Peak memory", Receipt.Memory.PeakResidentBytes), ("Energy", Receipt.Energy.Joules), ("Money", Receipt.Money.Dollars), ("Model", Receipt.Memory.StoredBytes),
        ];
        return tiles.Where(tile => tile.Figure.Value is not null).Select(tile => Markup.Of(
            $"<div><dt>{tile.Label}</dt><dd>{FigureText.Format(tile.Figure.Value!.Value, tile.Figure.Unit)}{SourceMark.Of(tile.Figure)}</dd></div>"));
    }

    Markup Losses()
    {
        IReadOnlyList<(double X, double Y)> seen = Smoothed();
        if (seen.Count < 2)
        {
            return Markup.Empty;
        }

        var plot = new CurvePlot("Loss of a token by step", "step", "loss (nats a token) · less is better",
            [new Curve("training", "seen", seen), new Curve("held out", "judged", [.. History.HeldOut.Select(one => ((double)one.Step, one.Loss))])]);
        return Markup.Of($"""
            <section aria-labelledby="loss-heading">
            <h2 id="loss-heading">Loss</h2>
            <p class="soft">The thin line is the mean of the training loss over {Window} {(Window == 1 ? "step" : "steps")}; points are the loss on text that is never trained on.</p>
            {plot.Draw(PlotFrame.Wide)}
            {plot.Draw(PlotFrame.Narrow)}
            </section>
            """);
    }

    // As many points as a screen shows; single batches differ by more than a hundred steps change.
    int Window => Math.Max(1, (History.Losses.Count + 199) / 200);

    IReadOnlyList<(double X, double Y)> Smoothed() => [.. History.Losses.Chunk(Window).Select((losses, i) => ((i * (double)Window) + ((losses.Length + 1) / 2.0), losses.Average()))];

    Markup Forecast()
    {
        var rows = LedgerColumns.All.Select(column => (column.Name, Figure: column.Figure(Receipt))).Where(one => one.Figure is { Predicted: not null, Value: not null }).ToArray();
        return Markup.If(rows.Length > 0, () => Markup.Of($"""
            <section aria-labelledby="forecast-heading">
            <h2 id="forecast-heading">Predicted before, measured after</h2>
            <div class="scroll" tabindex="0" role="region" aria-labelledby="forecast-heading">
            <table><caption>What --dry-run says, and what came</caption>
            <thead><tr><th scope="col">Figure</th><th scope="col">Predicted</th><th scope="col">Actual</th><th scope="col">Error</th></tr></thead>
            <tbody>{rows.Select(row => Markup.Of($"""<tr><th scope="row">{row.Name}</th><td>{FigureText.Format(row.Figure.Predicted!.Value, row.Figure.Unit)}</td><td>{FigureText.Format(row.Figure.Value!.Value, row.Figure.Unit)}</td><td>{Error(row.Figure)}</td></tr>"""))}</tbody></table>
            </div>
            </section>
            """));
    }

    static string Error(Figure figure) => figure.PredictionError is { } error ? error == 0 ? "none" : Text($"{100 * error:+0.0;-0.0} %") : "";

    Markup Again() => Markup.Of($"""
        <section aria-labelledby="again-heading">
        <h2 id="again-heading">How to get it again</h2>
        <dl class="facts">
        <dt>Program</dt><dd>Shoestring {Version}</dd>
        <dt>Machine</dt><dd>{Machine.ToString()}; instruction sets {string.Join(", ", Machine.InstructionSets)}</dd>
        <dt>Files</dt><dd>{Files.Select(file => Markup.Of($"<bdi>{file}</bdi><br>"))}</dd>
        </dl>
        <h3>The recipe, for shoestring train</h3><pre tabindex="0">{Recipe.ToJson()}</pre>
        </section>
        """);

    static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
