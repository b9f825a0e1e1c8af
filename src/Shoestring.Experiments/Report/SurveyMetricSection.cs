using System.Globalization;
using Shoestring.Metering;

namespace Shoestring.Experiments;

/// <summary>The metrics of the survey's section 9.1 for the chosen model beside the original's, each by its definition, by both where there are two.</summary>
static class SurveyMetricSection
{
    // The work that times and money are quoted for: a short question, a short answer.
    const int Prompt = 512, Answer = 128;

    public static Markup Write(OptimizeResult result) => Markup.If(result.Chosen is not null, () => Markup.Of($"""
        <section aria-labelledby="metrics-heading">
        <h2 id="metrics-heading">The survey's metrics</h2>
        <p class="soft">Section 9.1 of the survey, for the model as given and for the chosen one. Where it has two definitions under one name, both stand here. Times and money are for a prompt of {Prompt} tokens and an answer of {Answer}.</p>
        <div class="scroll full" tabindex="0" role="region" aria-labelledby="metrics-heading">
        <table class="words metrics"><caption class="hidden">Metrics of the survey's section 9.1</caption>
        <thead><tr><th scope="col">Metric</th><th scope="col">Definition</th><th scope="col">As given</th><th scope="col">Chosen</th></tr></thead>
        <tbody>{Rows(result.Baseline, result.Chosen!).Select(Row)}</tbody></table>
        </div>
        </section>
        """));

    static Markup Row((string Name, string Definition, string Given, string Chosen) row) => Markup.Of(
        $"""<tr><th scope="row">{row.Name}</th><td>{row.Definition}</td><td class="tight">{row.Given}</td><td class="tight">{row.Chosen}</td></tr>""");

    static IEnumerable<(string, string, string, string)> Rows(Candidate given, Candidate chosen)
    {
        yield return Both("Latency, end to end", "time from the prompt to the whole answer", given, chosen, one => EndToEnd(one), Units.Seconds);
        yield return Both("Latency, next token", "time of one generated token", given, chosen, one => 1 / one.Measured.DecodeTokensPerSecond.Value, Units.Seconds);
        yield return Both("Throughput", "generated tokens a second", given, chosen, one => one.Measured.DecodeTokensPerSecond.Value, Units.TokensPerSecond);
        yield return ("Speed-up, of times", "time of the original over time of the chosen, end to end", "1", Ratio(EndToEnd(given), EndToEnd(chosen)));
        yield return ("Speed-up, of throughputs", "throughput of the chosen over that of the original", "1", Ratio(chosen.Measured.DecodeTokensPerSecond.Value, given.Measured.DecodeTokensPerSecond.Value));
        yield return Both("Parameters", "adjustable variables, a tied embedding counted once", given, chosen, one => one.Parameters, Units.One);
        yield return Both("Model size, stored", "bytes on disk", given, chosen, one => one.Measured.StoredBytes.Value, Units.Bytes);
        yield return Both("Model size, peak memory", "the most physical memory held while it ran", given, chosen, one => one.Measured.PeakResidentBytes.Value, Units.Bytes);
        yield return ("Compression, what is left", "stored bytes of the chosen over the original's", "100 %", Percent(chosen.StoredBytes / given.StoredBytes));
        yield return ("Compression, what is gone", "one minus that", "0 %", Percent(1 - (chosen.StoredBytes / given.StoredBytes)));
        yield return Both("Energy", "joules of a generated token", given, chosen, one => one.Measured.JoulesPerToken.Value, Units.Joules);
        yield return Both("Carbon", "grams of carbon dioxide equivalent of a million generated tokens", given, chosen, Carbon, Units.Grams);
        yield return Both("Dollars per parameter", "dollars of a million generated tokens over parameters: a larger model at the same cost looks better", given, chosen, one => one.Measured.DollarsPerMillionTokens.Value / one.Parameters, Units.Dollars);
        yield return Both("Dollars", "of a million generated tokens", given, chosen, one => one.Measured.DollarsPerMillionTokens.Value, Units.Dollars);
        yield return Both("Communication volume", "bytes sent to ship the model once", given, chosen, one => one.Measured.StoredBytes.Value, Units.Bytes);
        yield return ("Loyalty, of labels", "share of positions with the original's likeliest token", "100 %", Percent(chosen.Measured.TopOneAgreement.Value));
        yield return ("Loyalty, of probabilities", "1 − √(Jensen-Shannon divergence) from the original", "100 %", Percent(chosen.Measured.ProbabilityLoyalty.Value));
        yield return ("Fidelity", "mean KL divergence from the original, in nats a token", "0", Number(chosen.Measured.MeanKullbackLeibler.Value));
        yield return ("Robustness", "accuracy after typos and flipped case", "evaluate --perturb all", "evaluate --perturb all");
        yield return ("Pareto optimality", "no other is at least as good on every axis of this search and better on one", YesNo(given.OnFront), YesNo(chosen.OnFront));
    }

    static (string, string, string, string) Both(string name, string definition, Candidate given, Candidate chosen, Func<Candidate, double?> of, string unit) =>
        (name, definition, Text(of(given), unit), Text(of(chosen), unit));

    static double? EndToEnd(Candidate one) => (Prompt / one.Measured.PrefillTokensPerSecond.Value) + (Answer / one.Measured.DecodeTokensPerSecond.Value);

    // The receipt of its measuring says what a joule weighs here.
    static double? Carbon(Candidate one) => one.Receipt.Energy is { CarbonGrams.Value: { } grams, Joules.Value: { } joules and > 0 }
        ? 1e6 * one.Measured.JoulesPerToken.Value * grams / joules : null;

    static string Text(double? value, string unit) => value is { } known && double.IsFinite(known)
        ? unit == Units.One ? known.ToString("N0", CultureInfo.InvariantCulture) : FigureText.Format(known, unit) : "–";

    static string Ratio(double? one, double? other) => one is { } a && other is > 0 and { } b ? (a / b).ToString("0.00", CultureInfo.InvariantCulture) : "–";

    static string Percent(double? share) => share is { } known ? (100 * known).ToString("0.0", CultureInfo.InvariantCulture) + " %" : "–";

    static string Number(double? value) => value is { } known ? known.ToString("0.0000", CultureInfo.InvariantCulture) : "–";

    static string YesNo(bool value) => value ? "yes" : "no";
}
