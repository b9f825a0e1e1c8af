namespace Shoestring.Metering;

/// <summary>
/// The peak of physical memory over one piece of work among several in a process. Linux keeps one peak for each process and
/// lets it start anew; meters that are open at the same time therefore remember what the peak was before another of them
/// restarted it.
/// </summary>
public sealed class PeakMeter : IDisposable
{
    static readonly Lock gate = new();
    static readonly List<PeakMeter> open = [];

    readonly bool isOwn;
    double remembered;

    PeakMeter(bool isOwn) => this.isOwn = isOwn;

    // The highest peak that was ever read, whatever was restarted since.
    static double highest;

    /// <summary>
    /// Starts to watch. With <paramref name="restart"/> the peak starts anew where the operating system can do that; otherwise
    /// the reading covers the process's whole life.
    /// </summary>
    public static PeakMeter Start(bool restart)
    {
        lock (gate)
        {
            bool isOwn = restart && Restart();
            var meter = new PeakMeter(isOwn);
            open.Add(meter);
            return meter;
        }
    }

    /// <summary>The peak so far; the figure says since when.</summary>
    public Figure Read()
    {
        lock (gate)
        {
            Figure now = ProcessCounters.RawPeakResidentBytes();
            if (now.Value is not { } bytes)
            {
                return now;
            }

            Remember(bytes);
            return Figure.Measured(Math.Max(bytes, isOwn ? remembered : highest), Units.Bytes,
                $"{now.How}, of the whole process since {(isOwn ? "this work began" : "it started")}");
        }
    }

    /// <summary>Stops watching.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            open.Remove(this);
        }
    }

    static bool Restart()
    {
        if (ProcessCounters.RawPeakResidentBytes().Value is not { } peak || !ProcessCounters.TryResetPeak())
        {
            return false;
        }

        Remember(peak);
        return true;
    }

    // The kernel's figure is approximate and may fall by some pages from one reading to the next; a peak does not.
    static void Remember(double peak)
    {
        highest = Math.Max(highest, peak);
        foreach (PeakMeter meter in open)
        {
            meter.remembered = Math.Max(meter.remembered, peak);
        }
    }
}
