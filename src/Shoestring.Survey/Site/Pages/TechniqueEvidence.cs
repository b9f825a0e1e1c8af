using Shoestring.Metering;
using Shoestring.Techniques;

namespace Shoestring.Survey;

/// <summary>What is claimed of a technique beside what was measured of it.</summary>
static class TechniqueEvidence
{
    const string Missing = "not measured here";

    /// <summary>Claims for the five resources, and quality, each with its measured figures.</summary>
    public static Html Claims(Technique technique, MeasuredResults results)
    {
        IReadOnlyList<Measurement> measured = results.Of(technique.Id);
        var table = new HtmlTable($"Claims and measurements of {technique.Id}", "Resource", "Claim", "Measured here", "Basis of the claim");
        foreach (ResourceClaim claim in technique.Claims)
        {
            table.Row(Html.Text(ResourceText.Name(claim.Resource)), ResourceText.Claim(claim), Figures(measured, claim.Resource), Html.Text(claim.Basis));
        }

        table.Row(Html.Text("Quality"), Html.Empty, Figures(measured, null), Html.Empty);
        return table.Write();
    }

    /// <summary>The figures for one resource (null: for quality): of the technique alone where there are any, else of its combinations.</summary>
    public static Html Figures(IEnumerable<Measurement> measured, Resource? resource, int most = 4)
    {
        Measurement[] figures = Chosen(measured, resource);
        return figures.Length == 0
            ? Html.Of($"""<span class="missing">{Missing}</span>""")
            : Html.Of($"""<ul class="figures">{figures.Take(most).Select(Figure)}</ul>{Html.If(figures.Length > most, () => Html.Of($"<p class=\"more\">and {figures.Length - most} more below</p>"))}""");
    }

    /// <summary>The figures that speak of a technique for a resource, those of it alone before all others.</summary>
    public static Measurement[] Chosen(IEnumerable<Measurement> measured, Resource? resource)
    {
        Measurement[] all = [.. measured.Where(one => one.Resource == resource)];
        Measurement[] alone = [.. all.Where(one => one.IsSingle)];
        return alone.Length > 0 ? alone : all;
    }

    static Html Figure(Measurement one) => Html.Of($"""
        <li><strong>{MeasuredText.Value(one)}</strong> {Html.If(one.Low is not null, () => Html.Of($"""<span class="interval">[{MeasuredText.Interval(one)}]</span> """))}<span class="of">{one.Quantity}</span> <code>{Own(one)}</code></li>
        """);

    // What stands before the technique's own part is what it is held against.
    static string Own(Measurement one) => one.Setup.StartsWith(one.Against + " ", StringComparison.Ordinal) ? one.Setup[(one.Against.Length + 1)..] : one.Setup;

    /// <summary>Everything that was measured with a technique, alone and combined.</summary>
    public static Html Table(Technique technique, MeasuredResults results)
    {
        IReadOnlyList<Measurement> measured = results.Of(technique.Id);
        var table = new HtmlTable($"All measurements with {technique.Id}", "Setup", "Quantity", "Value", "Interval", "Against", "On", "From");
        foreach (Measurement one in measured)
        {
            table.Row(Html.Of($"<code>{one.Setup}</code>"), Html.Text(one.Quantity), Html.Of($"<strong>{MeasuredText.Value(one)}</strong>"),
                Html.Text(one.Low is null ? one.Spread : $"{MeasuredText.Interval(one)} ({one.Spread})"), Html.Text(one.Against), Html.Text(one.Subject), Html.Of($"<code>{one.Source}</code>"));
        }

        return Html.If(!table.IsEmpty, () => Html.Of($"""
            <section aria-labelledby="measured"><h2 id="measured">All that was measured with it</h2>
            <p class="filed">{measured.Count} figures from committed results. A ratio is new over old: below 1 is a saving.</p>
            <details><summary>Show the table</summary>{table.Write()}</details></section>
            """));
    }
}
