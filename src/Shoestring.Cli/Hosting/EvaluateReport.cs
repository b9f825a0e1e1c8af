using Shoestring.Models;

namespace Shoestring.Cli;

/// <summary>The answer of <c>evaluate</c>.</summary>
/// <param name="Results">The items as they are, then perturbed in each way.</param>
/// <param name="Perturbations">The ways.</param>
sealed record EvaluateReport(IReadOnlyList<EvaluationResult> Results, IReadOnlyList<Perturbation> Perturbations)
{
    /// <summary>The original's name, or null.</summary>
    public string? Original { get; init; }

    /// <summary>How the original did.</summary>
    public EvaluationResult? OriginalResult { get; init; }

    /// <summary>Texts that were cut to the context.</summary>
    public int Truncated { get; init; }

    EvaluationResult Clean => Results[0];

    /// <summary>Writes the answer for people.</summary>
    public void Write(TextWriter output, Host host)
    {
        var table = new TextTable(Clean.Task.Name, ">", ">95 % interval", ">items");
        Share(table, "accuracy", Clean.Accuracy, Clean.Outcomes.Count);
        if (Clean.NormalizedAccuracy is { } normalized)
        {
            Share(table, "normalized accuracy", normalized, Clean.Outcomes.Count);
        }

        if (Clean.LastWordPerplexity is { } perplexity)
        {
            table.Row("perplexity of the last word", Number(perplexity.Value), $"{Number(perplexity.Low)} to {Number(perplexity.High)}", Count(Clean.Outcomes.Count));
        }

        foreach (GroupAccuracy group in Clean.Groups.Where(_ => Clean.Groups.Count > 1))
        {
            Share(table, $"  {group.Name}", group.Accuracy, group.Items);
        }

        if (OriginalResult is { } original)
        {
            Share(table, $"accuracy of {OneLine.Of(Original!)}", original.Accuracy, original.Outcomes.Count);
            Share(table, "difference to it", Clean.AccuracyLess(original), original.Outcomes.Count);
            Share(table, "label loyalty to it", Clean.LabelLoyalty(original), original.Outcomes.Count);
        }

        foreach ((Perturbation perturbation, EvaluationResult result) in Perturbations.Zip(Results.Skip(1)))
        {
            string share = string.Create(CultureInfo.InvariantCulture, $"{100 * perturbation.Rate:0.##} % of {perturbation.Unit}");
            Share(table, $"accuracy, {perturbation.Name} in {share}", result.Accuracy, result.Outcomes.Count);
            Share(table, "drop by it", Clean.AccuracyLess(result), result.Outcomes.Count);
        }

        table.Write(output, host);
    }

    /// <summary>Writes the fields of the JSON document.</summary>
    public void Fields(Utf8JsonWriter writer)
    {
        writer.WriteString("task", Clean.Task.Name);
        writer.WriteNumber("items", Clean.Outcomes.Count);
        Field(writer, "accuracy", Clean.Accuracy);
        Field(writer, "normalizedAccuracy", Clean.NormalizedAccuracy);
        Field(writer, "lastWordPerplexity", Clean.LastWordPerplexity);
        writer.Objects("groups", Clean.Groups.Where(group => group.Name.Length > 0), group =>
        {
            writer.WriteString("name", group.Name);
            writer.WriteNumber("items", group.Items);
            Field(writer, "accuracy", group.Accuracy);
        });
        if (OriginalResult is { } original)
        {
            writer.Object("against", () =>
            {
                writer.WriteString("model", Original);
                Field(writer, "accuracy", original.Accuracy);
                Field(writer, "lastWordPerplexity", original.LastWordPerplexity);
                Field(writer, "difference", Clean.AccuracyLess(original));
                Field(writer, "labelLoyalty", Clean.LabelLoyalty(original));
            });
        }

        writer.Objects("robustness", Perturbations.Zip(Results.Skip(1)), pair =>
        {
            writer.WriteString("perturbation", pair.First.Name);
            writer.WriteNumber("rate", pair.First.Rate);
            Field(writer, "accuracy", pair.Second.Accuracy);
            Field(writer, "drop", Clean.AccuracyLess(pair.Second));
        });
        writer.WriteNumber("truncated", Truncated);
    }

    // What a task does not measure is left out.
    static void Field(Utf8JsonWriter writer, string name, Interval? interval)
    {
        if (interval is { } known)
        {
            writer.Object(name, () =>
            {
                writer.Number("value", known.Value);
                writer.Number("low", known.Low);
                writer.Number("high", known.High);
            });
        }
    }

    static void Share(TextTable table, string name, Interval share, int items) =>
        table.Row(name, $"{Percent(share.Value)} %", $"{Percent(share.Low)} to {Percent(share.High)} %", Count(items));

    static string Percent(double share) => (100 * share).ToString("0.00", CultureInfo.InvariantCulture);

    static string Number(double value) => FigureText.Format(value, Units.One);

    static string Count(int items) => items.ToString(CultureInfo.InvariantCulture);
}
