using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Shoestring.Metering.Tests;

public class ProcessCountersTests
{
    [Fact]
    public void Peak_and_current_memory_agree_with_what_the_runtime_says()
    {
        double peak = ProcessCounters.PeakResidentBytes().Value!.Value;
        double current = ProcessCounters.ResidentBytes().Value!.Value;
        using var process = Process.GetCurrentProcess();
        peak.ShouldBeGreaterThanOrEqualTo(current * 0.9);
        current.ShouldBeInRange(process.WorkingSet64 * 0.5, process.WorkingSet64 * 2.0);
        peak.ShouldBeGreaterThanOrEqualTo(process.PeakWorkingSet64 * 0.9);
    }

    [Fact]
    public void Peak_rises_with_touched_memory()
    {
        double before = ProcessCounters.PeakResidentBytes().Value!.Value;
        byte[] block = new byte[(int)before + (64 << 20)];
        block.AsSpan().Fill(1);
        ProcessCounters.PeakResidentBytes().Value!.Value.ShouldBeGreaterThan(before + (32 << 20));
        GC.KeepAlive(block);
    }

    [Fact]
    public void A_meter_that_restarts_the_peak_does_not_take_it_from_the_others()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux can start the peak anew");
        using var outer = PeakMeter.Start(restart: true);
        double high = WithTouchedMemory(256 << 20, () => outer.Read().Value!.Value);
        using var inner = PeakMeter.Start(restart: true);
        double own = inner.Read().Value!.Value;
        own.ShouldBeLessThan(high - (128 << 20));
        inner.Read().How.ShouldEndWith("since this work began");
        outer.Read().Value!.Value.ShouldBeGreaterThanOrEqualTo(high);
        ProcessCounters.PeakResidentBytes().Value!.Value.ShouldBeGreaterThanOrEqualTo(high);
        ProcessCounters.PeakResidentBytes().How.ShouldEndWith("since it started");
    }

    static unsafe double WithTouchedMemory(int bytes, Func<double> read)
    {
        void* block = NativeMemory.Alloc((nuint)bytes);
        NativeMemory.Fill(block, (nuint)bytes, 1);
        double value = read();
        NativeMemory.Free(block);
        return value;
    }

    [Fact]
    public void Processor_time_rises_with_work()
    {
        double before = ProcessCounters.ProcessorSeconds();
        var clock = Stopwatch.StartNew();
        while (clock.ElapsedMilliseconds < 50)
        {
            Thread.SpinWait(1000);
        }

        (ProcessCounters.ProcessorSeconds() - before).ShouldBeGreaterThan(0.005);
    }

    [Fact]
    public void Reads_the_kernels_kilobytes_and_refuses_what_it_cannot_read()
    {
        string root = Directory.CreateTempSubdirectory().FullName;
        string status = Path.Combine(root, "status");
        File.WriteAllText(status, "Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\t soon kB\n");
        ProcessCounters.Status(root, "VmHWM").Value.ShouldBe(2048 * 1024);
        ProcessCounters.Status(root, "VmRSS").Source.ShouldBe(FigureSource.Unavailable);
        ProcessCounters.Status(root, "VmSwap").How.ShouldContain("no readable line VmSwap");
        ProcessCounters.Status(Path.Combine(root, "gone"), "VmHWM").How.ShouldContain("cannot be read");
        ProcessCounters.TryResetPeak(root).ShouldBeTrue();
        File.ReadAllText(Path.Combine(root, "clear_refs")).ShouldBe("5");
        ProcessCounters.TryResetPeak(Path.Combine(root, "gone")).ShouldBeFalse();
        Directory.Delete(root, recursive: true);
    }

    [Fact]
    public void Network_bytes_are_what_was_added()
    {
        var meter = new NetworkMeter();
        Parallel.For(0, 1000, _ => { meter.AddSent(2); meter.AddReceived(3); });
        (meter.Sent, meter.Received).ShouldBe((2000, 3000));
    }
}
