using Shoestring.Metering;

namespace Shoestring.Experiments;

/// <summary>What the search itself cost.</summary>
static class ReceiptSection
{
    public static Markup Write(OptimizeResult result) => Markup.Of($"""
        <section aria-labelledby="receipt-heading">
        <h2 id="receipt-heading">What the search cost</h2>
        <p class="soft">The receipt of this search. {Reused(result)}</p>
        {Table(result.Receipt)}
        </section>
        """);

    /// <summary>The figures of a receipt, and why others are missing. The section's heading is <c>receipt-heading</c>.</summary>
    public static Markup Table(Receipt receipt) => Markup.Of($"""
        <div class="scroll" tabindex="0" role="region" aria-labelledby="receipt-heading">
        <table class="words receipt"><caption>Figures of the five resources with their sources</caption>
        <thead><tr><th scope="col">Figure</th><th scope="col">Value</th><th scope="col">Source</th><th scope="col">How</th></tr></thead>
        <tbody>{LedgerColumns.All.Select(column => (column.Name, Figure: column.Figure(receipt))).Where(one => one.Figure.Value is not null).Select(one => Row(one.Name, one.Figure))}</tbody></table>
        </div>
        {Unavailable(receipt)}
        """);

    static string Reused(OptimizeResult result) => result.All.Count(one => one.Reused) switch
    {
        0 => "All measurements were made in it.",
        var count => $"{count} of {result.All.Count} measurements were reused from an earlier search and are not in it.",
    };

    static Markup Row(string name, Figure figure) => Markup.Of(
        $"""<tr><th scope="row">{name}</th><td class="tight">{FigureText.Format(figure.Value!.Value, figure.Unit)}{Interval(figure)}</td><td class="tight">{FigureText.Name(figure.Source)}</td><td>{figure.How}</td></tr>""");

    static Markup Interval(Figure figure) => figure is { Low: { } low, High: { } high }
        ? Markup.Of($"<small>{FigureText.Format(low, figure.Unit)} to {FigureText.Format(high, figure.Unit)}</small>")
        : Markup.Empty;

    static Markup Unavailable(Receipt receipt)
    {
        var reasons = LedgerColumns.All.Select(column => (column.Name, Figure: column.Figure(receipt)))
            .Where(one => one.Figure.Value is null).GroupBy(one => one.Figure.How).ToArray();
        return Markup.If(reasons.Length > 0, () => Markup.Of(
            $"""<details><summary>Figures that are unavailable</summary><ul>{reasons.Select(group => Markup.Of($"<li>{string.Join(", ", group.Select(one => one.Name))}: {group.Key}</li>"))}</ul></details>"""));
    }
}
