using Shoestring.Survey;
using Shoestring.Techniques;

namespace Shoestring.Cli;

/// <summary>The options that say which papers are meant.</summary>
sealed class PaperFilters
{
    readonly Argument<string[]> words = new("WORDS") { Description = "Words that must occur: \"a phrase\", and within one argument -without", Arity = ArgumentArity.ZeroOrMore };
    readonly Option<string?> stage = Values.Text("--stage", "Only papers of a stage of the survey's tree", "STAGE");
    readonly Option<string?> family = Values.Text("--family", "Only papers of a leaf of the survey's tree", "FAMILY");
    readonly Option<string?> resource = Values.Text("--resource", "Only papers that save a resource: computation, memory, energy, money or communication", "NAME");
    readonly Option<string?> year = Values.Text("--year", "Only papers of a year, or of some: 2023-2025", "YEARS");
    readonly Option<string?> venue = Values.Text("--venue", "Only papers of a venue", "NAME");
    readonly Option<bool> runnable = Values.Flag("--runnable", "Only papers of techniques that run here");
    readonly Option<int?> limit;
    readonly int usual;

    /// <param name="command">The command that gets them.</param>
    /// <param name="usual">How many papers are taken at most when that is not said.</param>
    public PaperFilters(Command command, int usual)
    {
        this.usual = usual;
        limit = Values.Integer("--limit", $"How many at most (default {(usual == int.MaxValue ? "all" : usual)})", 1, int.MaxValue, "-n");
        command.Add(words);
        foreach (Option option in (Option[])[stage, family, resource, year, venue, runnable, limit])
        {
            command.Add(option);
        }
    }

    /// <summary>What was asked for.</summary>
    public CatalogueQuery Query(Session session)
    {
        (int? from, int? to) = Years(session.Value(year));
        return new CatalogueQuery
        {
            Words = string.Join(' ', session.Value(words) ?? []) is { Length: > 0 } text ? text : null,
            Stage = Known(session.Value(stage), "--stage", [.. SurveyTree.Families.Select(leaf => leaf.Stage).Distinct()]),
            Family = Known(session.Value(family), "--family", [.. SurveyTree.Families.Select(leaf => leaf.Name)]),
            Resource = Known(session.Value(resource), "--resource", Enum.GetNames<Resource>()) is { } name ? Enum.Parse<Resource>(name) : null,
            From = from,
            To = to,
            Venue = session.Value(venue),
            Runnable = session.Value(runnable),
            Limit = session.Value(limit) ?? usual,
        };
    }

    static string? Known(string? value, string option, string[] all) => value is null ? null
        : all.FirstOrDefault(name => string.Equals(name, value, StringComparison.OrdinalIgnoreCase))
            ?? throw new InputException($"'{value}' is not in the survey's tree", option, $"use one of {string.Join(", ", all)}");

    static (int?, int?) Years(string? text)
    {
        string[] ends = (text ?? "").Split('-');
        return text is null ? (null, null)
            : ends.Length <= 2 && ends.All(end => int.TryParse(end, NumberStyles.None, CultureInfo.InvariantCulture, out _))
                ? (int.Parse(ends[0], CultureInfo.InvariantCulture), int.Parse(ends[^1], CultureInfo.InvariantCulture))
                : throw new InputException($"'{text}' is neither a year nor two", "--year", "give 2024 or 2023-2025");
    }
}
