using System.Globalization;
using System.Text.Json;

namespace Shoestring.Peers;

/// <summary>One run of sparse products against dense ones, as it is kept under <c>results/</c>; the first series of a comparison is the sparse one.</summary>
sealed record SparseResult(
    string Schema, Machine Machine, string InstructionPath, int Blocks, int Threads, int Rounds, Comparison[] Comparisons)
{
    public const string SchemaName = "shoestring.sparse/1";

    public void Write(string path)
    {
        if (Path.GetDirectoryName(path) is { Length: > 0 } folder)
            Directory.CreateDirectory(folder);
        File.WriteAllText(path, JsonSerializer.Serialize(this, ResultJson.Default.SparseResult) + "\n");
    }

    public void Print(TextWriter writer)
    {
        writer.WriteLine($"{Machine.Cpu}, {InstructionPath}, {Threads} threads, {Blocks} blocks, {Rounds} rounds");
        foreach (var comparison in Comparisons)
        {
            writer.WriteLine($"{comparison.What} ({comparison.Unit})");
            foreach (var series in comparison.Series)
                writer.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"  {series.Name,-26} median {series.Median,10:F1}  min {series.Min,10:F1}  max {series.Max,10:F1}  sparse/this {series.FirstOverThisOfMedians:F3} ({series.FirstOverThisMedian:F3} round by round)"));
        }
    }
}
