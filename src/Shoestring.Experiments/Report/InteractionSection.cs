using System.Globalization;
using Shoestring.Metering;

namespace Shoestring.Experiments;

/// <summary>What two techniques do together beside the product of what each does, and beside the other order.</summary>
static class InteractionSection
{
    public static Markup Write(OptimizeResult result) => Markup.If(result.Interactions.Count > 0, () => Markup.Of($"""
        <section aria-labelledby="interactions-heading">
        <h2 id="interactions-heading">How techniques act on each other</h2>
        <p class="soft">Qualities multiply where two techniques do not act on each other. Below 100 % of the product they hurt more together than each for itself; above it, the second mends what the first did, or finds less left to harm. Intervals are paired, 95 %.</p>
        <div class="scroll full" tabindex="0" role="region" aria-labelledby="interactions-heading">
        <table class="candidates"><caption class="hidden">Combinations of two techniques</caption>
        <thead><tr><th scope="col">First, then second</th><th scope="col">First alone</th><th scope="col">Second alone</th><th scope="col">Product</th><th scope="col">Together</th><th scope="col">Of the product</th><th scope="col">Of the other order</th></tr></thead>
        <tbody>{result.Interactions.OrderBy(one => one.Ratio.Value).Select(Row)}</tbody></table>
        </div>
        </section>
        """));

    static Markup Row(Interaction one) => Markup.Of($"""
        <tr><th scope="row"><span class="name">{ReportRow.ShortName([one.First, one.Second])}</span></th>{Percent(one.FirstQuality)}{Percent(one.SecondQuality)}{Percent(one.Product)}{Percent(one.Together)}{Share(one.Ratio)}{Share(one.OrderRatio)}</tr>

        """);

    static Markup Percent(Figure figure) => Cell(figure, 1);

    static Markup Share(Figure? figure) => figure is null ? new Markup("<td>–</td>") : Cell(figure, 100);

    static Markup Cell(Figure figure, double factor) => figure.Value is { } value
        ? Markup.Of($"<td>{Text(value * factor)} %{Interval(figure, factor)}</td>")
        : Markup.Of($"""<td><abbr class="src" title="{figure.How}">–</abbr></td>""");

    static Markup Interval(Figure figure, double factor) => figure is { Low: { } low, High: { } high } && low < high
        ? Markup.Of($"<small>{Text(low * factor)} to {Text(high * factor)}</small>") : Markup.Empty;

    static string Text(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);
}
