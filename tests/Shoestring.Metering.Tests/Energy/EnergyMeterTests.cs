namespace Shoestring.Metering.Tests;

public class EnergyMeterTests
{
    [Fact]
    public void Sums_packages_and_their_memory_and_nothing_twice()
    {
        using FakePowercap machine = new FakePowercap()
            .Add("intel-rapl:0", "package-0", 1_000_000).Add("intel-rapl:0:0", "core", 1_000_000).Add("intel-rapl:0:1", "dram", 5_000_000)
            .Add("intel-rapl:1", "package-1", 9_000_000).Add("intel-rapl:2", "psys", 100).Add("intel-rapl-mmio:0", "package-0", 1_000_000);
        EnergyMeter meter = EnergyMeter.Start(machine.Root);
        machine.Set("intel-rapl:0", 3_000_000);
        machine.Set("intel-rapl:0:0", 2_500_000);
        machine.Set("intel-rapl:0:1", 5_500_000);
        machine.Set("intel-rapl:1", 10_000_000);
        machine.Set("intel-rapl:2", 77_000_000);
        machine.Set("intel-rapl-mmio:0", 3_000_000);

        Figure joules = meter.Read();
        joules.Source.ShouldBe(FigureSource.Measured);
        joules.Value!.Value.ShouldBe(2 + 0.5 + 1, 1e-9);
        joules.How.ShouldContain("package-0 + dram + package-1");
    }

    [Fact]
    public void A_counter_that_wrapped_goes_on_from_its_range()
    {
        using FakePowercap machine = new FakePowercap().Add("intel-rapl:0", "package-0", 990, range: 1000);
        EnergyMeter meter = EnergyMeter.Start(machine.Root);
        machine.Set("intel-rapl:0", 30);
        meter.Sample();
        machine.Set("intel-rapl:0", 20);
        meter.Read().Value!.Value.ShouldBe((10 + 30 + (1000 - 30) + 20) * 1e-6, 1e-12);
    }

    [Fact]
    public void No_folder_and_no_package_are_unavailable_with_the_reason()
    {
        Figure none = EnergyMeter.Start(Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"))).Read();
        none.Source.ShouldBe(FigureSource.Unavailable);
        none.Value.ShouldBeNull();
        none.How.ShouldContain("does not exist");

        using FakePowercap machine = new FakePowercap().Add("intel-rapl:0:1", "dram", 1);
        EnergyMeter.Start(machine.Root).Read().How.ShouldContain("no package domain");
    }

    [Fact]
    public void A_counter_that_vanishes_or_turns_to_rubbish_makes_the_figure_unavailable()
    {
        using FakePowercap machine = new FakePowercap().Add("intel-rapl:0", "package-0", 1).Add("intel-rapl:1", "package-1", 1);
        EnergyMeter first = EnergyMeter.Start(machine.Root);
        EnergyMeter second = EnergyMeter.Start(machine.Root);
        File.WriteAllText(machine.PathOf("intel-rapl:0", "energy_uj"), "soon\n");
        second.Read().How.ShouldContain("does not hold a number");
        File.Delete(machine.PathOf("intel-rapl:0", "energy_uj"));
        first.IsAvailable.ShouldBeTrue();
        first.Read().How.ShouldContain("stopped being readable");
        first.IsAvailable.ShouldBeFalse();
        EnergyMeter.Start(machine.Root).Read().How.ShouldContain("cannot be read");
    }

    [Fact]
    public void A_counter_that_may_not_be_read_says_so()
    {
        // A directory in the file's place is refused like a file without permission, also for root.
        using FakePowercap machine = new FakePowercap().Add("intel-rapl:0", "package-0", 1);
        File.Delete(machine.PathOf("intel-rapl:0", "energy_uj"));
        Directory.CreateDirectory(machine.PathOf("intel-rapl:0", "energy_uj"));
        EnergyMeter.Start(machine.Root).Read().How.ShouldContain("readable only by root");
    }

    [Fact]
    public void This_machine_gives_joules_or_a_reason()
    {
        Figure joules = EnergyMeter.Start().Read();
        (joules.Value is null).ShouldBe(joules.Source == FigureSource.Unavailable);
        joules.How.ShouldNotBeEmpty();
    }
}
