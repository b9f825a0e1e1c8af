namespace Shoestring.Experiments;

/// <summary>What was left out, where formats fell back, and what the words mean.</summary>
static class NotesSection
{
    public static Markup Write(OptimizeResult result) => Markup.Of($"""
        <section aria-labelledby="notes-heading">
        <h2 id="notes-heading">What was left out, and what the words mean</h2>
        {LeftOut(result)}
        {Fallbacks(result)}
        <dl class="facts">
        <dt>Quality</dt><dd>100·exp(NLL of the original − NLL of the candidate) on the text, NLL being the mean negative log-likelihood of a token. The interval is over paired differences in blocks of consecutive tokens. A budget counts its lower end.</dd>
        <dt>Top-1 agreement</dt><dd>The share of positions at which the candidate's likeliest token is the original's.</dd>
        <dt>Mean KL divergence</dt><dd>How far the candidate's predictions are from the original's, in nats a token; 0 is equal.</dd>
        <dt>Probability loyalty</dt><dd>1 − √(Jensen-Shannon divergence) between their predictions, averaged over positions.</dd>
        <dt>Sources</dt><dd>Measured: a clock, a counter or the operating system said so. Counted: exact arithmetic over what ran. Modelled: an estimate by a formula. Unavailable: not known.</dd>
        </dl>
        </section>
        """);

    static Markup LeftOut(OptimizeResult result) => Markup.If(result.LeftOut.Count > 0, () => Markup.Of($"""
        <h3>Not measured</h3>
        <ul>{result.LeftOut.Select(one => Markup.Of($"<li>{ReportRow.ShortName(one.Techniques)}: {one.Reason}</li>"))}</ul>
        """));

    static Markup Fallbacks(OptimizeResult result)
    {
        Candidate[] fallen = [.. result.Candidates.Where(one => one.Fallbacks.Count > 0)];
        return fallen.Length == 0 ? Markup.Of($"<p>Every tensor got the format meant for it.</p>") : Markup.Of($"""
            <h3>Tensors that did not get the format meant for them</h3>
            <p class="soft">Their rows are no whole number of that format's blocks.</p>
            {fallen.Select(Of)}
            """);
    }

    static Markup Of(Candidate candidate) => Markup.Of($"""
        <details><summary>{ReportRow.ShortName(candidate.Techniques)}: {(candidate.Fallbacks.Count == 1 ? "1 tensor" : $"{candidate.Fallbacks.Count} tensors")} ({Kinds(candidate)})</summary>
        <ul>{candidate.Fallbacks.Select(one => Markup.Of($"<li><code>{one.Tensor}</code>: {one.Got} in place of {one.Wanted}</li>"))}</ul></details>
        """);

    static string Kinds(Candidate candidate) => string.Join(", ", candidate.Fallbacks.GroupBy(one => (one.Wanted, one.Got))
        .Select(group => $"{group.Count()} × {group.Key.Got} in place of {group.Key.Wanted}"));
}
