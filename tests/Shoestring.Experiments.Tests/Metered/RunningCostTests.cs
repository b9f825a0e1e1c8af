using Shoestring.Metering;

namespace Shoestring.Experiments.Tests;

public class RunningCostTests
{
    [Fact]
    public void It_is_rent_and_the_electricity_of_the_modelled_energy()
    {
        var options = new MeterOptions { Threads = 2, LastLevelCacheBytes = null };
        var counted = new Cost { Operations = new OperationCounts(Float32: 1e12), WeightBytesMoved = 1e9 };
        RunningCost cost = RunningCost.Of(options, 3600, 7200, counted);
        double joules = EnergyModel.Estimate(new EnergyInputs(3600, 7200, 2, new OperationCounts(Float32: 1e12), 1e9), options.Coefficients).Joules;
        cost.Joules.ShouldBe(joules, 1e-9);
        cost.Dollars.ShouldBe((2 * options.Prices.HardwareDollarsPerCoreHour) + (joules / 3.6e6 * options.Prices.ElectricityDollarsPerKilowattHour), 1e-12);
    }
}
