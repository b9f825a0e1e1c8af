using System.Globalization;
using System.Text.Json;

namespace Shoestring.Peers;

/// <summary>A figure that must stay below a bound.</summary>
sealed record Goal(string What, double Value, double Below)
{
    public bool Met => Value < Below;
}

/// <summary>One run of the starts, as it is kept under <c>results/</c>; samples in seconds.</summary>
sealed record StartResult(
    string Schema, Machine Machine, string ColdModel, long ColdBytes, string WarmModel, long WarmBytes, int Rounds,
    Comparison[] Comparisons, Goal[] Goals)
{
    public const string SchemaName = "shoestring.starts/1";

    public void Write(string path)
    {
        if (Path.GetDirectoryName(path) is { Length: > 0 } folder)
            Directory.CreateDirectory(folder);
        File.WriteAllText(path, JsonSerializer.Serialize(this, ResultJson.Default.StartResult) + "\n");
    }

    public void Print(TextWriter writer)
    {
        writer.WriteLine($"cold {ColdModel} ({ColdBytes:N0} bytes), warm {WarmModel}, {Machine.Cpu}, {Rounds} rounds, seconds to the first token");
        foreach (var comparison in Comparisons)
        {
            writer.WriteLine(comparison.What);
            foreach (var series in comparison.Series)
                writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {series.Name,-44} median {series.Median,7:F3}  min {series.Min,7:F3}  max {series.Max,7:F3}"));
        }
        foreach (var goal in Goals)
            writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {goal.What,-60} {goal.Value,7:F3}  wanted < {goal.Below}  {(goal.Met ? "met" : "MISSED")}"));
    }
}
