using Shoestring.Survey;

namespace Shoestring.Cli;

/// <summary>Papers for people to read in a terminal: what titles hold is shown as text, without control characters.</summary>
static class PaperText
{
    /// <summary>One paper in two lines.</summary>
    public static void Short(TextWriter output, Survey.Paper paper)
    {
        output.WriteLine(OneLine.Of(paper.Title));
        string[] facts = [.. new[]
        {
            paper.Year?.ToString(CultureInfo.InvariantCulture), paper.Venue, Homes(paper), paper.Techniques.Count > 0 ? $"runs here: {string.Join(", ", paper.Techniques)}" : null, paper.Url,
        }.Where(fact => !string.IsNullOrEmpty(fact)).Select(fact => OneLine.Of(fact!))];
        output.WriteLine($"  {paper.Key}  {string.Join(" · ", facts)}");
    }

    /// <summary>All of one paper.</summary>
    public static void Long(TextWriter output, Survey.Paper paper)
    {
        output.WriteLine(OneLine.Of(paper.Title));
        Line("key", paper.Key);
        Line("authors", string.Join(", ", paper.Authors));
        Line("year", paper.Year?.ToString(CultureInfo.InvariantCulture));
        Line("venue", paper.Venue);
        Line("address", paper.Url);
        Line("doi", paper.Doi);
        Line("code", paper.Code);
        Line("homes", string.Join("; ", paper.Homes.Select(home => $"{home.Stage} › {home.Group} › {home.Name}")));
        Line("saves", string.Join(", ", paper.Resources.Select(CatalogueJson.Name)));
        Line("runs here", string.Join(", ", paper.Techniques.Select(id => $"{id} (shoestring techniques {id})")));
        Line("keywords", string.Join(", ", paper.Keywords));
        Line("abstract", paper.Abstract);
        foreach (var source in paper.Provenance.GroupBy(said => (said.Source, said.Place)))
        {
            output.WriteLine($"  {OneLine.Of(source.Key.Source)}{(source.Key.Place is { } place ? $", {OneLine.Of(place)}" : "")}");
            foreach (Provenance said in source)
            {
                output.WriteLine($"    {said.Field}: {OneLine.Of(said.Value)}");
            }
        }

        void Line(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value))
            {
                output.WriteLine($"  {name}: {OneLine.Of(value)}");
            }
        }
    }

    static string Homes(Survey.Paper paper) => string.Join(", ", paper.Homes.Select(home => home.Name));
}
