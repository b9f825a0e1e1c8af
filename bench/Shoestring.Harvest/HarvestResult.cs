using System.Globalization;
using System.Text.Json;

namespace Shoestring.Harvest;

/// <summary>A figure that must reach a bound, or stay below it.</summary>
sealed record Goal(string What, double Value, double Bound, bool AtLeast)
{
    public bool IsMet => AtLeast ? Value >= Bound : Value < Bound;
}

/// <summary>One run, as it is kept under <c>results/</c>.</summary>
sealed record HarvestResult(string Schema, Machine Machine, string[] Peers, int Rounds, Comparison[] Comparisons, Goal[] Goals)
{
    public const string SchemaName = "shoestring.harvest/1";

    static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public void Write(string path)
    {
        if (Path.GetDirectoryName(path) is { Length: > 0 } folder)
            Directory.CreateDirectory(folder);
        File.WriteAllText(path, JsonSerializer.Serialize(this, Json) + "\n");
    }

    public void Print(TextWriter writer)
    {
        writer.WriteLine($"{Machine.Cpu}; {string.Join("; ", Peers)}; {Rounds} rounds");
        foreach (var comparison in Comparisons)
        {
            writer.WriteLine($"{comparison.What}, {comparison.Unit}");
            foreach (var series in comparison.Series)
                writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {series.Name,-36} median {series.Median,9:F1}  min {series.Min,9:F1}  max {series.Max,9:F1}"));
        }
        foreach (var goal in Goals)
            writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {goal.What,-80} {goal.Value,14:F3}  wanted {(goal.AtLeast ? "≥" : "<")} {goal.Bound}  {(goal.IsMet ? "met" : "MISSED")}"));
    }
}
