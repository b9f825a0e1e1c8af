namespace Shoestring.Survey;

/// <summary>Metrics, benchmarks, other surveys, and open challenges.</summary>
static class ReferencePages
{
    const string Unnamed = "The survey’s section ";

    public static IEnumerable<SitePage> Write(SiteContent content) => [Metrics(), Benchmarks(), SurveysPage.Write(content), Challenges()];

    static SitePage Metrics() => new("metrics.html", "Metrics, and their traps", Html.Of($"""
        {SiteData.Metrics.GroupBy(metric => metric.Resource).Select(group => Html.Of($"""
            <section><h2>{group.Key}</h2>{group.Select(Metric)}</section>
            """))}
        """))
    {
        Lead = "What the survey’s section 9.1 measures efficiency by, how each figure misleads, and what this product reports for it.",
    };

    static Html Metric(Metric metric) => Html.Of($"""
        <article class="metric"><h3>{metric.Name} <small>{metric.Unit}</small></h3>
        <dl class="facts"><div><dt>Definition</dt><dd>{metric.Definition} {ProvenanceMark.Of("read")}</dd></div>
        <div><dt>Trap</dt><dd>{metric.Trap} {ProvenanceMark.Of("inferred")}</dd></div>
        <div><dt>Here</dt><dd>{metric.Here} <code>{metric.Field}</code></dd></div></dl></article>

        """);

    static SitePage Benchmarks()
    {
        var table = new HtmlTable("Benchmarks of efficiency", "Benchmark", "What it measures", "What was taken over here");
        foreach (BenchmarkText benchmark in SiteData.Benchmarks)
        {
            table.Row(Html.Text(benchmark.Name), Html.Text(benchmark.Measures), Html.Text(benchmark.Borrowed));
        }

        return new SitePage("benchmarks.html", "Benchmarks of efficiency", Html.Of($"""
            <p class="filed">{Unnamed}9.2 {ProvenanceMark.Of("read")}; the last column is this product’s own.</p>{table.Write()}
            """))
        {
            Lead = "Who measures more than quality, and how.",
        };
    }

    static SitePage Challenges() => new("challenges.html", "Open challenges", Html.Of($"""
        {SiteData.Challenges.Select(challenge => Html.Of($"""
            <article class="challenge"><h2><span>{challenge.Section}</span> {challenge.Title}</h2>
            <dl class="facts"><div><dt>Problem</dt><dd>{challenge.Problem}</dd></div><div><dt>Done here</dt><dd>{challenge.Here}</dd></div><div><dt>Still missing</dt><dd>{challenge.Missing}</dd></div></dl></article>

            """))}
        """))
    {
        Lead = "The seven of the survey’s section 10, and what this product does about each.",
    };
}
