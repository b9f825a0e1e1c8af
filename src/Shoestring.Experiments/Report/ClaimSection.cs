using System.Globalization;
using Shoestring.Metering;
using Shoestring.Techniques;

namespace Shoestring.Experiments;

/// <summary>The signed matrix of techniques and resources: what is claimed, what was predicted and what was found here.</summary>
static class ClaimSection
{
    static readonly (Resource Resource, string Head)[] columns =
    [
        (Resource.Computation, "Computation: time of a generated token"), (Resource.Memory, "Memory: peak resident"), (Resource.Energy, "Energy of a generated token"),
        (Resource.Money, "Money for a generated token"), (Resource.Communication, "Communication: bytes to ship"),
    ];

    public static Markup Write(OptimizeResult result) => Markup.If(result.Outcomes.Count > 0, () => Markup.Of($"""
        <section aria-labelledby="claims-heading">
        <h2 id="claims-heading">Claimed, predicted, found here</h2>
        <p class="soft">Each technique by itself, held against the model as given: × 0.50 is half of it. A claim is the survey's or the paper's, (i) where it follows only indirectly. A ratio within 2 % of 1, or whose interval holds 1, supports neither saving nor cost.</p>
        <div class="scroll full" tabindex="0" role="region" aria-labelledby="claims-heading">
        <table class="candidates"><caption class="hidden">Techniques and resources</caption>
        <thead><tr><th scope="col">Technique</th>{columns.Select(column => Markup.Of($"<th scope=\"col\">{column.Head}</th>"))}</tr></thead>
        <tbody>{result.Outcomes.GroupBy(one => one.Technique).Select(Row)}</tbody></table>
        </div>
        </section>
        """));

    static Markup Row(IGrouping<string, ResourceOutcome> technique) => Markup.Of($"""
        <tr><th scope="row"><span class="name">{ReportRow.ShortName(technique.First().Candidate)}</span></th>{columns.Select(column => Cell(technique.FirstOrDefault(one => one.Resource == column.Resource)))}</tr>

        """);

    static Markup Cell(ResourceOutcome? outcome) => outcome is null ? new Markup("<td>–</td>") : Markup.Of(
        $"<td>{Claimed(outcome)}{Line("predicted ", outcome.Predicted)}{Line("here ", outcome.Here)}{Verdict(outcome)}</td>");

    static Markup Claimed(ResourceOutcome outcome) => Markup.Of($"{outcome.Claim switch { Effect.Saves => "saves", Effect.Costs => "costs", _ => "no claim" }}{(outcome.IsDirect || outcome.Claim == Effect.Neutral ? "" : " (i)")}");

    static Markup Line(string what, Figure ratio) => ratio.Value is { } value
        ? Markup.Of($"<small>{what}{Times(value)}{SourceMark.Of(ratio)}{Interval(ratio)}</small>")
        : Markup.Of($"""<small>{what}<abbr class="src" title="{ratio.How}">–</abbr></small>""");

    static string Interval(Figure ratio) => ratio is { Low: { } low, High: { } high } && low < high ? $" ({Times(low)} to {Times(high)})" : "";

    static Markup Verdict(ResourceOutcome outcome) => (outcome.Claim, outcome.Found) switch
    {
        (_, null) => Markup.Empty,
        (Effect.Neutral, Effect.Neutral) => Markup.Empty,
        var (claim, found) when claim == found => new Markup("""<span class="badge">as claimed</span>"""),
        (Effect.Saves, Effect.Costs) or (Effect.Costs, Effect.Saves) => new Markup("""<span class="badge plain">against the claim</span>"""),
        (_, Effect.Neutral) => new Markup("""<span class="badge plain">not seen here</span>"""),
        _ => new Markup("""<span class="badge plain">beyond the claim</span>"""),
    };

    static string Times(double value) => "× " + value.ToString(value < 10 ? "0.00" : "0.0", CultureInfo.InvariantCulture);
}
