using Shoestring.Metering;

namespace Shoestring.Experiments;

/// <summary>What a piece of work returned, and its receipt.</summary>
/// <param name="Result">The work's result.</param>
/// <param name="Receipt">What it cost.</param>
public readonly record struct Metered<T>(T Result, Receipt Receipt);

/// <summary>Runs a piece of work and makes its receipt. Work that throws has no receipt: the exception goes on.</summary>
public static class Metered
{
    /// <summary>Runs <paramref name="work"/>, which returns its result and its report.</summary>
    public static Metered<T> Run<T>(MeterOptions options, Func<(T Result, WorkReport Report)> work, Prediction? prediction = null)
    {
        using var meter = Meter.Start(options);
        (T result, WorkReport report) = work();
        return new Metered<T>(result, meter.Stop(report, prediction));
    }

    /// <summary>Runs <paramref name="work"/>, which returns its result and its report.</summary>
    public static async Task<Metered<T>> RunAsync<T>(MeterOptions options, Func<Task<(T Result, WorkReport Report)>> work, Prediction? prediction = null)
    {
        using var meter = Meter.Start(options);
        (T result, WorkReport report) = await work().ConfigureAwait(false);
        return new Metered<T>(result, meter.Stop(report, prediction));
    }
}
