using System.Text.Json;
using System.Text.Json.Serialization;
using Shoestring.Peers;

namespace Shoestring.TrainingSpeed;

/// <summary>One side over all rounds.</summary>
/// <param name="Name">The side.</param>
/// <param name="TokensPerSecond">Median over the rounds of each round's median step.</param>
/// <param name="Slowest">The slowest round's.</param>
/// <param name="Fastest">The fastest round's.</param>
/// <param name="PeakResidentBytes">Median of the processes' peaks.</param>
/// <param name="Runs">What each process saw.</param>
sealed record SideResult(string Name, double TokensPerSecond, double Slowest, double Fastest, double PeakResidentBytes, IReadOnlyList<SideRun> Runs);

/// <summary>A training step of each side, in processes that took turns.</summary>
/// <param name="SpeedOverTorchSharp">Median over rounds of our tokens a second over TorchSharp's of the same round.</param>
/// <param name="MemoryOfTorchSharp">Our peak as a share of TorchSharp's.</param>
/// <param name="LomoMemoryOfTorchSharp">The same with LOMO and checkpointing.</param>
sealed record StepResult(
    string Schema, Machine Machine, string Model, int Rows, int Threads, int Rounds, double SpeedOverTorchSharp, double MemoryOfTorchSharp, double LomoMemoryOfTorchSharp, IReadOnlyList<SideResult> Sides)
{
    /// <summary>Writes it where it says.</summary>
    public void Write(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        File.WriteAllText(path, JsonSerializer.Serialize(this, StepJson.Default.StepResult) + "\n");
    }

    /// <summary>Prints a table.</summary>
    public void Print(TextWriter output)
    {
        output.WriteLine($"{Machine.Name}: {Model}, {Rows} rows a step, {Threads} threads, {Rounds} rounds");
        output.WriteLine("side                              tokens/s   slowest   fastest   peak MB   loss");
        foreach (SideResult side in Sides)
        {
            output.WriteLine($"{side.Name,-30} {side.TokensPerSecond,11:F0} {side.Slowest,9:F0} {side.Fastest,9:F0} {side.PeakResidentBytes / 1e6,9:F0}   {side.Runs[0].Losses[0]:F4} to {side.Runs[0].Losses[^1]:F4}");
        }
        output.WriteLine($"of TorchSharp's: speed {SpeedOverTorchSharp:F2}, memory {MemoryOfTorchSharp:F3}, with LOMO and checkpointing {LomoMemoryOfTorchSharp:F3}");
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(StepResult))]
[JsonSerializable(typeof(SideRun))]
sealed partial class StepJson : JsonSerializerContext;
