namespace Shoestring.Metering;

/// <summary>
/// The processor's own energy counters (Intel RAPL and AMD's equivalent through Linux powercap,
/// Documentation/power/powercap): the packages plus the memory domains where they exist. They see the whole machine, not one
/// process. Where there is no counter the reading is unavailable and says why.
/// </summary>
public sealed class EnergyMeter
{
    /// <summary>Where Linux keeps its counters.</summary>
    public const string LinuxRoot = "/sys/class/powercap";

    readonly EnergyCounter[] counters;
    readonly Lock gate = new();
    string? reason;

    EnergyMeter(EnergyCounter[] counters, string? reason) => (this.counters, this.reason) = (counters, reason);

    /// <summary>Whether a counter was found and is still readable.</summary>
    public bool IsAvailable => reason is null;

    /// <summary>Opens this machine's counters and starts at zero.</summary>
    public static EnergyMeter Start() =>
        OperatingSystem.IsLinux() ? Start(LinuxRoot)
        : OperatingSystem.IsWindows() ? Without("reading energy counters is not implemented on Windows")
        : OperatingSystem.IsMacOS() ? Without("reading energy counters is not implemented on macOS")
        : Without("reading energy counters is not implemented on this operating system");

    /// <summary>Opens the powercap counters under <paramref name="root"/> and starts at zero.</summary>
    public static EnergyMeter Start(string root)
    {
        if (!Directory.Exists(root))
        {
            return Without($"no energy counter: {root} does not exist (virtual machine, container, or no powercap driver)");
        }

        try
        {
            EnergyCounter[] counters = [.. Domains(root).Select(domain => EnergyCounter.Open(domain.Folder, domain.Name))];
            return counters.Any(counter => IsPackage(counter.Name))
                ? new EnergyMeter(counters, null)
                : Without($"no energy counter: {root} has no package domain (virtual machine, container, or driver not loaded)");
        }
        catch (UnauthorizedAccessException)
        {
            return Without($"the energy counters under {root} are readable only by root (since CVE-2020-8694)");
        }
        catch (IOException error)
        {
            return Without($"the energy counters cannot be read: {error.Message}");
        }
    }

    /// <summary>
    /// Takes a sample. Work that lasts longer than half a counter's range (262 kJ on most machines: some ten minutes) calls this
    /// at least once a minute, so that no wrap-around is missed.
    /// </summary>
    public void Sample()
    {
        lock (gate)
        {
            if (reason is not null)
            {
                return;
            }

            try
            {
                foreach (EnergyCounter counter in counters)
                {
                    counter.Sample();
                }
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                reason = $"an energy counter stopped being readable: {error.Message}";
            }
        }
    }

    /// <summary>Joules since the start, or why there are none.</summary>
    public Figure Read()
    {
        Sample();
        lock (gate)
        {
            return reason is null
                ? Figure.Measured(counters.Sum(counter => counter.Microjoules) * 1e-6, Units.Joules,
                    $"powercap counters {string.Join(" + ", counters.Select(counter => counter.Name))}: the whole machine's, other processes included")
                : Figure.Unavailable(Units.Joules, reason);
        }
    }

    static EnergyMeter Without(string reason) => new([], reason);

    // intel-rapl-mmio repeats the package, psys contains it, core and uncore are inside it: only packages and their memory add up.
    static IEnumerable<(string Folder, string Name)> Domains(string root) =>
        from folder in Directory.EnumerateDirectories(root, "intel-rapl:*").Order(StringComparer.Ordinal)
        let name = File.ReadAllText(Path.Combine(folder, "name")).Trim()
        where IsPackage(name) || name == "dram"
        select (folder, name);

    static bool IsPackage(string name) => name.StartsWith("package", StringComparison.Ordinal);
}
