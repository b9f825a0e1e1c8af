using System.Globalization;
using System.Runtime.InteropServices;
using Shoestring.Tensors;

namespace Shoestring.Experiments;

/// <summary>What this machine is, from the operating system.</summary>
/// <param name="Processor">The processor's name, or its architecture where the name is not told.</param>
/// <param name="Threads">Hardware threads that this process may use.</param>
/// <param name="LastLevelCacheBytes">Bytes of the last-level cache, or null where that is not told.</param>
/// <param name="InstructionSets">The instruction sets that kernels choose between.</param>
public sealed record MachineDescription(string Processor, int Threads, long? LastLevelCacheBytes, IReadOnlyList<string> InstructionSets)
{
    /// <summary>This machine.</summary>
    public static MachineDescription Current { get; } = new(
        ProcessorName("/proc/cpuinfo"), Environment.ProcessorCount, LastLevelCache("/sys/devices/system/cpu/cpu0/cache"), MachineProbe.InstructionSets);

    /// <inheritdoc/>
    public override string ToString() => $"{Processor}, {Threads} threads";

    internal static string ProcessorName(string path)
    {
        string? line = Lines(path).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal));
        string? name = line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
        return name is { Length: > 0 } ? name
            : Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? RuntimeInformation.ProcessArchitecture.ToString();
    }

    internal static long? LastLevelCache(string root) => !Directory.Exists(root) ? null :
        Directory.EnumerateDirectories(root, "index*")
            .OrderByDescending(folder => First(folder, "level"), StringComparer.Ordinal)
            .Select(folder => Kilobytes(First(folder, "size")))
            .FirstOrDefault();

    static string First(string folder, string file) => Lines(Path.Combine(folder, file)).FirstOrDefault() ?? "";

    // A file that is missing or hidden means that the operating system does not tell, which is an answer.
    static IEnumerable<string> Lines(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllLines(path) : [];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    static long? Kilobytes(string text) =>
        text.EndsWith('K') && long.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? number * 1024
            : null;
}
