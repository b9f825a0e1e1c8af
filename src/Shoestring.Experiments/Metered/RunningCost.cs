using Shoestring.Metering;

namespace Shoestring.Experiments;

/// <summary>What work that still goes on has cost so far, by the model that its receipt will use where nothing is measured.</summary>
/// <param name="Joules">Modelled energy.</param>
/// <param name="Dollars">Hardware time and electricity.</param>
public readonly record struct RunningCost(double Joules, double Dollars)
{
    /// <summary>The cost of some seconds of work.</summary>
    /// <param name="options">Prices and coefficients.</param>
    /// <param name="seconds">Wall-clock seconds.</param>
    /// <param name="processorSeconds">Processor seconds.</param>
    /// <param name="counted">What was counted.</param>
    public static RunningCost Of(MeterOptions options, double seconds, double processorSeconds, Cost counted)
    {
        bool fits = counted.TrackedBytes is { } bytes && bytes <= options.LastLevelCacheBytes;
        var inputs = new EnergyInputs(seconds, processorSeconds, options.Threads, counted.Operations ?? default, counted.BytesMoved ?? 0, fits);
        double joules = EnergyModel.Estimate(inputs, options.Coefficients).Joules;
        return new RunningCost(joules,
            (options.Threads * seconds / 3600 * options.Prices.HardwareDollarsPerCoreHour) + (joules / EnergySection.JoulesPerKilowattHour * options.Prices.ElectricityDollarsPerKilowattHour));
    }
}
