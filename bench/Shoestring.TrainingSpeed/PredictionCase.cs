using System.Text.Json;
using System.Text.Json.Serialization;
using Shoestring.Peers;
using Shoestring.Training;

namespace Shoestring.TrainingSpeed;

/// <summary>A run of the command, with what it said beforehand.</summary>
/// <param name="Shape">The model's shape.</param>
/// <param name="Method">The method.</param>
/// <param name="Optimizer">The optimizer's name, which its constants go by.</param>
/// <param name="PredictedBytes">Peak resident memory as predicted.</param>
/// <param name="PeakBytes">As measured.</param>
/// <param name="PredictedSeconds">Time as predicted.</param>
/// <param name="Seconds">As measured.</param>
/// <param name="WithoutShapeSeconds">As predicted by constants fitted over the other shapes.</param>
/// <param name="Features">What the time is made of.</param>
sealed record PredictionCase(
    string Shape, string Method, string Optimizer, double PredictedBytes, double PeakBytes, double PredictedSeconds, double Seconds, double WithoutShapeSeconds, TrainingFeatures Features)
{
    public double MemoryError => (PredictedBytes / PeakBytes) - 1;

    public double TimeError => (PredictedSeconds / Seconds) - 1;

    public double WithoutShapeError => (WithoutShapeSeconds / Seconds) - 1;
}

/// <summary>All of them, and the constants that fit them best.</summary>
sealed record PredictionResult(string Schema, Machine Machine, double FlopsPerSecond, double WorstMemoryError, double WorstTimeError, double WorstWithoutShapeError, TrainingTime Fitted, IReadOnlyList<PredictionCase> Cases)
{
    public void Write(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        File.WriteAllText(path, JsonSerializer.Serialize(this, PredictionJson.Default.PredictionResult) + "\n");
    }

    public void Print(TextWriter output)
    {
        output.WriteLine("shape    method                             peak MB  predicted            seconds  predicted            fitted without it");
        foreach (PredictionCase one in Cases)
        {
            output.WriteLine($"{one.Shape,-8} {one.Method,-32} {one.PeakBytes / 1e6,9:F1} {one.PredictedBytes / 1e6,10:F1} {one.MemoryError,8:P1} {one.Seconds,10:F2} {one.PredictedSeconds,10:F2} {one.TimeError,8:P1} {one.WithoutShapeError,10:P1}");
        }
        output.WriteLine($"largest errors: memory {WorstMemoryError:P1}, time {WorstTimeError:P1}, time by constants of the other shapes {WorstWithoutShapeError:P1}");
        output.WriteLine("to stand in TrainingTime.Usual:");
        output.WriteLine(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"new({Fitted.ProductShare:F3}, {Fitted.AttentionShare:F3}, {Fitted.SecondsPerElement:G3}, {Fitted.StartSeconds:F2}, {Fitted.FittedRate:G3})"));
        output.WriteLine($"fitted: products {Fitted.ProductShare:F3} and attention {Fitted.AttentionShare:F3} of {FlopsPerSecond:G4}, {Fitted.SecondsPerElement:G3} s an element, {Fitted.StartSeconds:F2} s at the start");
        output.WriteLine(string.Join(", ", Fitted.SecondsPerUpdate.Select(one => $"{one.Key} {one.Value:G3}")));
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(PredictionResult))]
[JsonSerializable(typeof(string))]
sealed partial class PredictionJson : JsonSerializerContext;
