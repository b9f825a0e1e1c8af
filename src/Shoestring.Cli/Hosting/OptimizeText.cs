using Shoestring.Techniques;

namespace Shoestring.Cli;

/// <summary>A search's result for people: the candidates, a plot, and the choice.</summary>
static class OptimizeText
{
    /// <summary>Writes all of it.</summary>
    public static void Write(TextWriter output, Host host, OptimizeResult result)
    {
        var table = new TextTable("", "Techniques", ">Stored", ">Peak", ">Prefill", ">Decode", ">Energy", ">Perplexity", ">Quality", ">KL");
        foreach (Candidate candidate in result.All)
        {
            Row(table, candidate, result.IsChosen(candidate));
        }

        table.Write(output, host);
        output.WriteLine("* on the front (no other is at least as good in " + string.Join(", ", result.FrontAxes) + "); > chosen");
        output.WriteLine();
        FrontPlot.Write(output, result);
        output.WriteLine();
        output.WriteLine(result.Choice.Reason);
        Files(output, result);
    }

    static void Files(TextWriter output, OptimizeResult result)
    {
        if (result.ChosenModel is not null)
        {
            output.WriteLine($"model:  {result.ChosenModel}{(result.Chosen!.Layout == ModelLayout.Shoestring ? " (only this engine reads it)" : "")}");
        }

        output.WriteLine($"report: {result.Report}");
    }

    static void Row(TextTable table, Candidate candidate, bool chosen)
    {
        CandidateFigures figures = candidate.Measured;
        table.Row($"{(chosen ? '>' : ' ')}{(candidate.OnFront ? '*' : ' ')}", candidate.Label,
            Text(figures.StoredBytes), Text(figures.PeakResidentBytes), Rate(figures.PrefillTokensPerSecond), Rate(figures.DecodeTokensPerSecond), Text(figures.JoulesPerToken),
            Number(figures.Perplexity, "0.000"), Quality(figures.Quality), Number(figures.MeanKullbackLeibler, "0.0000"));
    }

    static string Text(Figure figure) => figure.Value is { } value ? FigureText.Format(value, figure.Unit) : "–";

    static string Rate(Figure figure) => figure.Value is { } value ? $"{RateText.Of(value)}/s" : "–";

    static string Number(Figure figure, string format) => figure.Value?.ToString(format, CultureInfo.InvariantCulture) ?? "–";

    static string Quality(Figure figure) => figure switch
    {
        { Value: { } value, Low: { } low, High: { } high } => string.Create(CultureInfo.InvariantCulture, $"{value:0.00} % [{low:0.00}, {high:0.00}]"),
        { Value: { } value } => string.Create(CultureInfo.InvariantCulture, $"{value:0.00} %"),
        _ => "–",
    };
}
