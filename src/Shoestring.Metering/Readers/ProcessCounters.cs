using System.Diagnostics;
using System.Globalization;

namespace Shoestring.Metering;

/// <summary>What the operating system says of this process: physical memory and processor time.</summary>
public static class ProcessCounters
{
    const string LinuxRoot = "/proc/self";

    /// <summary>
    /// The most physical memory that this process has held since it started: VmHWM of /proc/self/status on Linux,
    /// PeakWorkingSet64 elsewhere. <see cref="PeakMeter"/> gives it for one piece of work.
    /// </summary>
    public static Figure PeakResidentBytes()
    {
        using var meter = PeakMeter.Start(restart: false);
        return meter.Read();
    }

    /// <summary>The physical memory that this process holds now: VmRSS on Linux, WorkingSet64 elsewhere.</summary>
    public static Figure ResidentBytes() =>
        OperatingSystem.IsLinux() ? Status(LinuxRoot, "VmRSS") : FromProcess(process => process.WorkingSet64, "WorkingSet64");

    /// <summary>Processor time of this process since its start, user and system, summed over its threads.</summary>
    public static double ProcessorSeconds() =>
        OperatingSystem.IsIOS() || OperatingSystem.IsTvOS() || OperatingSystem.IsBrowser()
            ? throw new PlatformNotSupportedException("this operating system does not tell the processor time of a process")
            : Environment.CpuUsage.TotalTime.TotalSeconds;

    /// <summary>What the operating system says of the peak since it was last started anew.</summary>
    internal static Figure RawPeakResidentBytes() =>
        OperatingSystem.IsLinux() ? Status(LinuxRoot, "VmHWM") : FromProcess(process => process.PeakWorkingSet64, "PeakWorkingSet64");

    // Writing 5 to clear_refs starts the peak anew (proc(5)). False where that is not possible.
    internal static bool TryResetPeak() => OperatingSystem.IsLinux() && TryResetPeak(LinuxRoot);

    internal static bool TryResetPeak(string root)
    {
        try
        {
            File.WriteAllText(Path.Combine(root, "clear_refs"), "5");
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    internal static Figure Status(string root, string field)
    {
        string path = Path.Combine(root, "status");
        try
        {
            string? line = File.ReadLines(path).FirstOrDefault(line => line.StartsWith(field + ":", StringComparison.Ordinal));
            return line is not null && Kilobytes(line.AsSpan(field.Length + 1)) is { } bytes
                ? Figure.Measured(bytes, Units.Bytes, $"{field} of {path}")
                : Figure.Unavailable(Units.Bytes, $"{path} has no readable line {field}");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return Figure.Unavailable(Units.Bytes, $"{path} cannot be read: {error.Message}");
        }
    }

    // The kernel prints kB and means 1024 bytes.
    static long? Kilobytes(ReadOnlySpan<char> text)
    {
        text = text.Trim();
        return text.EndsWith("kB") && long.TryParse(text[..^2].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? number * 1024
            : null;
    }

    static Figure FromProcess(Func<Process, long> read, string name)
    {
        using var process = Process.GetCurrentProcess();
        long bytes = read(process);
        return bytes > 0
            ? Figure.Measured(bytes, Units.Bytes, name)
            : Figure.Unavailable(Units.Bytes, $"this operating system does not keep {name}");
    }
}
