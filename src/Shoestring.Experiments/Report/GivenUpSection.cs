namespace Shoestring.Experiments;

/// <summary>The candidates that the search gave up, with what it knew of them then.</summary>
static class GivenUpSection
{
    public static Markup Write(OptimizeResult result, IReadOnlyList<ReportRow> rows)
    {
        ReportRow[] stopped = [.. rows.Where(row => row.Candidate.Stopped is not null)];
        return Markup.If(stopped.Length > 0, () => Markup.Of($"""
            <details><summary>{(stopped.Length == 1 ? "1 candidate was" : $"{stopped.Length} candidates were")} given up on a part of the text</summary>
            <p class="soft">{Effort(result)}</p>
            <div class="scroll full" tabindex="0" role="region" aria-label="Candidates that were given up">
            <table class="candidates"><caption class="hidden">Candidates that were given up</caption>
            <thead><tr><th scope="col">Candidate</th><th scope="col">Stored bytes</th><th scope="col">Quality</th><th scope="col">Tokens</th><th scope="col">Why</th></tr></thead>
            <tbody>{stopped.Select(Row)}</tbody></table>
            </div></details>
            """));
    }

    static string Effort(OptimizeResult result) => result.Effort is { AllTokens: > 0 } effort
        ? $"The search scored {effort.ScoredTokens:N0} tokens, {100.0 * effort.ScoredTokens / effort.AllTokens:0} % of the {effort.AllTokens:N0} that scoring every candidate on all of the text takes."
        : "";

    static Markup Row(ReportRow row)
    {
        CandidateMetric bytes = CandidateMetric.Get("storedBytes"), quality = CandidateMetric.Get("quality");
        Candidate one = row.Candidate;
        return Markup.Of($"""
            <tr><th scope="row"><span class="name">{row.Name}</span></th><td>{ReportNumber.Format(bytes, one.Measured.StoredBytes)}</td><td>{ReportNumber.Format(quality, one.Quality)}<small>{ReportNumber.Interval(quality, one.Quality)}</small></td><td>{one.Stopped!.Tokens.ToString("N0", System.Globalization.CultureInfo.InvariantCulture)}</td><td class="words">{one.Stopped.Reason}</td></tr>

            """);
    }
}
