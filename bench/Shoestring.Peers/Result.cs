using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Shoestring.Peers;

/// <summary>One run of the comparison, as it is kept under <c>results/</c>.</summary>
sealed record Result(string Schema, Machine Machine, string Model, long FileBytes, Workload Workload, Comparison[] Comparisons)
{
    public const string SchemaName = "shoestring.peers/1";

    public void Write(string path)
    {
        if (Path.GetDirectoryName(path) is { Length: > 0 } folder)
            Directory.CreateDirectory(folder);
        File.WriteAllText(path, JsonSerializer.Serialize(this, ResultJson.Default.Result) + "\n");
    }

    public void Print(TextWriter writer)
    {
        writer.WriteLine($"{Model}, {Machine.Cpu}, {Workload.Threads} threads, {Workload.Rounds} rounds, llama.cpp {Machine.LlamaCpp}");
        foreach (var comparison in Comparisons)
        {
            writer.WriteLine($"{comparison.What} ({comparison.Unit})");
            foreach (var series in comparison.Series)
                writer.WriteLine(Line(series));
        }
    }

    static string Line(Series series) => string.Create(CultureInfo.InvariantCulture,
        $"  {series.Name,-44} median {series.Median,10:F2}  min {series.Min,10:F2}  max {series.Max,10:F2}  first/this {series.FirstOverThisOfMedians:F3} ({series.FirstOverThisMedian:F3} round by round)");
}

[JsonSerializable(typeof(Result))]
[JsonSerializable(typeof(StartResult))]
[JsonSerializable(typeof(SparseResult))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
sealed partial class ResultJson : JsonSerializerContext;
