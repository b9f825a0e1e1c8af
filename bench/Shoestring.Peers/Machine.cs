using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Shoestring.Peers;

/// <summary>Where and with what a result was measured.</summary>
sealed partial record Machine(
    string Name, string Cpu, int Cores, string[] Instructions, long MemoryBytes, string System, string Runtime, string? LlamaCpp,
    DateTimeOffset Date)
{
    static readonly string[] Interesting =
        ["avx2", "fma", "f16c", "avx_vnni", "avx512f", "avx512bw", "avx512vl", "avx512_vnni", "avx512_bf16", "amx_int8"];

    /// <summary>Describes this machine.</summary>
    /// <param name="llamaCpp">The llama.cpp that takes part, if any.</param>
    public static Machine Here(string? llamaCpp = null)
    {
        var facts = File.ReadLines("/proc/cpuinfo").TakeWhile(line => line.Length > 0).Select(line => line.Split(':', 2))
            .ToDictionary(parts => parts[0].Trim(), parts => parts.Length > 1 ? parts[1].Trim() : "");
        var cpu = $"{facts["model name"]} (family {facts["cpu family"]}, model {facts["model"]})";
        return new(
            $"{FolderName(cpu)}-{Environment.ProcessorCount}-cores", cpu, Environment.ProcessorCount,
            [.. Interesting.Intersect(facts["flags"].Split(' '))], TotalMemory(), RuntimeInformation.OSDescription,
            RuntimeInformation.FrameworkDescription, llamaCpp,
            TimeProvider.System.GetUtcNow());
    }

    static string FolderName(string cpu) => NotInNames().Replace(cpu.ToLowerInvariant(), "-").Trim('-');

    static long TotalMemory()
    {
        var line = File.ReadLines("/proc/meminfo").First(line => line.StartsWith("MemTotal:", StringComparison.Ordinal));
        return 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex NotInNames();
}
