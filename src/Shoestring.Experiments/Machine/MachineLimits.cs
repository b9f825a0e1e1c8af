using System.Text.Json;
using System.Text.Json.Serialization;
using Shoestring.Tensors;

namespace Shoestring.Experiments;

/// <summary>
/// What this machine was measured to do at most, with one thread and with <see cref="Threads"/>: the medians of
/// <see cref="MachineProbe"/>'s loops. Measured once, kept in the cache folder, and shown with its date.
/// </summary>
public sealed record MachineLimits
{
    /// <summary>The processor that was measured.</summary>
    public required string Processor { get; init; }

    /// <summary>The number of threads of the second measurement.</summary>
    public required int Threads { get; init; }

    /// <summary>The instruction sets that were present.</summary>
    public required IReadOnlyList<string> InstructionSets { get; init; }

    /// <summary>When it was measured.</summary>
    public required DateTimeOffset MeasuredAt { get; init; }

    /// <summary>Bytes a second that one thread reads from memory.</summary>
    public required double ReadBytesPerSecondOneThread { get; init; }

    /// <summary>Bytes a second that all threads read from memory.</summary>
    public required double ReadBytesPerSecond { get; init; }

    /// <summary>Operations a second on 32-bit floats with one thread.</summary>
    public required double Float32FlopsPerSecondOneThread { get; init; }

    /// <summary>Operations a second on 32-bit floats with all threads.</summary>
    public required double Float32FlopsPerSecond { get; init; }

    /// <summary>Operations a second on 8-bit integers with one thread, or null where there is no such instruction.</summary>
    public double? Int8OperationsPerSecondOneThread { get; init; }

    /// <summary>Operations a second on 8-bit integers with all threads, or null where there is no such instruction.</summary>
    public double? Int8OperationsPerSecond { get; init; }

    /// <summary>How fast products are with one thread, format by format.</summary>
    public required IReadOnlyList<KernelRate> KernelsOneThread { get; init; }

    /// <summary>How fast products are with all threads, format by format.</summary>
    public required IReadOnlyList<KernelRate> Kernels { get; init; }

    /// <summary>Measures this machine: some seconds with every core busy.</summary>
    public static MachineLimits Measure(int? threads = null, TimeProvider? clock = null)
    {
        int all = threads ?? Environment.ProcessorCount;
        return new MachineLimits
        {
            Processor = MachineDescription.Current.Processor,
            Threads = all,
            InstructionSets = MachineProbe.InstructionSets,
            MeasuredAt = (clock ?? TimeProvider.System).GetUtcNow(),
            ReadBytesPerSecondOneThread = MachineProbe.ReadBytesPerSecond(1).Median,
            ReadBytesPerSecond = MachineProbe.ReadBytesPerSecond(all).Median,
            Float32FlopsPerSecondOneThread = MachineProbe.Float32FlopsPerSecond(1).Median,
            Float32FlopsPerSecond = MachineProbe.Float32FlopsPerSecond(all).Median,
            Int8OperationsPerSecondOneThread = MachineProbe.Int8OperationsPerSecond(1)?.Median,
            Int8OperationsPerSecond = MachineProbe.Int8OperationsPerSecond(all)?.Median,
            KernelsOneThread = KernelProbe.Measure(1),
            Kernels = KernelProbe.Measure(all),
        };
    }

    /// <summary>Writes the limits as JSON, creating the folder.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(string path) => AtomicFile.Write(path, JsonSerializer.Serialize(this, MachineJson.Default.MachineLimits));

    /// <summary>
    /// The limits that were kept, or null with the reason: never measured, unreadable, or measured on another processor.
    /// </summary>
    public static MachineLimits? Load(string path, out string reason)
    {
        reason = "";
        try
        {
            if (!File.Exists(path))
            {
                reason = "this machine's limits have never been measured; run bench --machine";
                return null;
            }

            MachineLimits? limits = JsonSerializer.Deserialize(File.ReadAllText(path), MachineJson.Default.MachineLimits);
            reason = Fault(limits) is { } fault ? $"{path}: {fault}; run bench --machine" : "";
            return reason.Length == 0 ? limits : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            reason = $"{path} cannot be read ({error.Message}); run bench --machine";
            return null;
        }
    }

    static string? Fault(MachineLimits? limits)
    {
        if (limits is null)
        {
            return "it holds no limits";
        }

        double[] rates =
        [
            limits.ReadBytesPerSecond, limits.ReadBytesPerSecondOneThread, limits.Float32FlopsPerSecond, limits.Float32FlopsPerSecondOneThread,
            limits.Int8OperationsPerSecond ?? 1, limits.Int8OperationsPerSecondOneThread ?? 1, limits.Threads,
            .. limits.Kernels.Concat(limits.KernelsOneThread).SelectMany(kernel => new[] { kernel.OneRow, kernel.ManyRows }),
        ];
        string here = MachineDescription.Current.Processor;
        return rates.Any(rate => !(rate > 0)) ? "a limit is not above zero"
            : limits.Processor != here ? $"the limits were measured on {limits.Processor}, this is {here}"
            : null;
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(MachineLimits))]
sealed partial class MachineJson : JsonSerializerContext;
