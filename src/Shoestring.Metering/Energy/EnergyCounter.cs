using System.Globalization;

namespace Shoestring.Metering;

/// <summary>One energy counter file of the Linux powercap interface, summed over wrap-arounds.</summary>
sealed class EnergyCounter
{
    readonly string path;
    readonly ulong range;
    ulong last;

    EnergyCounter(string path, string name, ulong range, ulong first) =>
        (this.path, Name, this.range, last) = (path, name, range, first);

    /// <summary>The domain's own name: package-0, dram…</summary>
    public string Name { get; }

    /// <summary>Microjoules since the counter was opened.</summary>
    public double Microjoules { get; private set; }

    /// <exception cref="IOException">A file is missing or does not hold a number.</exception>
    /// <exception cref="UnauthorizedAccessException">The file is not readable for this user.</exception>
    public static EnergyCounter Open(string folder, string name)
    {
        string path = Path.Combine(folder, "energy_uj");
        ulong range = Number(Path.Combine(folder, "max_energy_range_uj"));
        return new EnergyCounter(path, name, range, Number(path));
    }

    /// <summary>Adds what has been used since the last sample; a counter that went down has wrapped once.</summary>
    /// <exception cref="IOException">The file has gone or does not hold a number.</exception>
    public void Sample()
    {
        ulong now = Number(path);
        Microjoules += now >= last ? now - last : (double)(range - Math.Min(last, range)) + now;
        last = now;
    }

    static ulong Number(string path) =>
        ulong.TryParse(File.ReadAllText(path).AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out ulong number)
            ? number
            : throw new IOException($"{path} does not hold a number");
}
