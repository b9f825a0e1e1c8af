using Shoestring.Metering;

namespace Shoestring.Experiments;

/// <summary>Watches the clock and the counters from <see cref="Start"/> until <see cref="Stop"/> makes the receipt.</summary>
public sealed class Meter : IDisposable
{
    // A counter's range lasts for some minutes at the least, so twice a minute misses no wrap-around.
    static readonly TimeSpan samplePeriod = TimeSpan.FromSeconds(30);

    readonly MeterOptions options;
    readonly EnergyMeter energy;
    readonly ITimer sampler;
    readonly long start, sent, received;
    readonly double processorStart;
    readonly PeakMeter peak;

    Meter(MeterOptions options)
    {
        this.options = options;
        peak = PeakMeter.Start(options.ResetPeak);
        (sent, received) = (options.Network.Sent, options.Network.Received);
        energy = options.StartEnergy();
        sampler = options.Clock.CreateTimer(_ => energy.Sample(), null, samplePeriod, samplePeriod);
        processorStart = ProcessCounters.ProcessorSeconds();
        start = options.Clock.GetTimestamp();
    }

    /// <summary>Starts to watch.</summary>
    public static Meter Start(MeterOptions options) => new(options);

    /// <summary>Seconds since the start.</summary>
    public double Seconds => options.Clock.GetElapsedTime(start).TotalSeconds;

    /// <summary>The receipt of what has been done since the start.</summary>
    public Receipt Stop(WorkReport report, Prediction? prediction = null)
    {
        double seconds = Seconds;
        var readings = new MeterReadings(
            seconds, ProcessCounters.ProcessorSeconds() - processorStart, peak.Read(), energy.Read(),
            options.Network.Sent - sent, options.Network.Received - received);
        return new ReceiptBuilder(options, readings, report, prediction ?? new Prediction()).Build();
    }

    /// <summary>Stops watching.</summary>
    public void Dispose()
    {
        sampler.Dispose();
        peak.Dispose();
    }
}

/// <summary>What the meter read for the time of the work.</summary>
readonly record struct MeterReadings(double Seconds, double ProcessorSeconds, Figure PeakResidentBytes, Figure Joules, long Sent, long Received);
