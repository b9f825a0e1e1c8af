using Shoestring.Metering;

namespace Shoestring.Experiments;

/// <summary>What the meter needs to know beside the work itself.</summary>
public sealed record MeterOptions
{
    /// <summary>Hardware threads that are set aside for the work.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>What computing costs.</summary>
    public Prices Prices { get; init; } = Prices.Default;

    /// <summary>The carbon of the electricity.</summary>
    public Grid Grid { get; init; } = Grid.Choose(null, null, Prices.Default);

    /// <summary>What this machine was measured to do at most, or null.</summary>
    public MachineLimits? Limits { get; init; }

    /// <summary>Why <see cref="Limits"/> is null.</summary>
    public string NoLimitsReason { get; init; } = "this machine's limits have never been measured; run bench --machine";

    /// <summary>Whether the peak of memory starts anew with the work, where the operating system can: for one of many pieces in a process.</summary>
    public bool ResetPeak { get; init; }

    /// <summary>The energy model's coefficients.</summary>
    public EnergyCoefficients Coefficients { get; init; } = EnergyCoefficients.Default;

    /// <summary>Opens the energy counters at the start of the work.</summary>
    public Func<EnergyMeter> StartEnergy { get; init; } = EnergyMeter.Start;

    /// <summary>The network meter that the work's code adds to.</summary>
    public NetworkMeter Network { get; init; } = NetworkMeter.Process;

    /// <summary>The clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Bytes of the last-level cache, or null where unknown: a working set below it is taken not to come from memory.</summary>
    public long? LastLevelCacheBytes { get; init; } = MachineDescription.Current.LastLevelCacheBytes;

    /// <summary>Options from the user's files: prices, this machine's limits, and the region.</summary>
    /// <exception cref="Tensors.InputException">prices.json or the region is wrong.</exception>
    public static MeterOptions FromUser(int threads, string? region = null, UserFolders? folders = null)
    {
        UserFolders where = folders ?? UserFolders.Current;
        var prices = Prices.Load(where.PricesFile);
        return new MeterOptions
        {
            Threads = threads,
            Prices = prices,
            Grid = Grid.Choose(region, prices),
            Limits = MachineLimits.Load(where.MachineFile, out string reason),
            NoLimitsReason = reason,
        };
    }
}
