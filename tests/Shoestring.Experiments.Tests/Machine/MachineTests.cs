using Shoestring.Experiments;

namespace Shoestring.Experiments.Tests;

public class MachineTests
{
    public static MachineLimits Limits { get; } = new()
    {
        Processor = MachineDescription.Current.Processor,
        Threads = 2,
        InstructionSets = ["AVX2"],
        MeasuredAt = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero),
        ReadBytesPerSecondOneThread = 10e9,
        ReadBytesPerSecond = 20e9,
        Float32FlopsPerSecondOneThread = 100e9,
        Float32FlopsPerSecond = 200e9,
        Int8OperationsPerSecondOneThread = 300e9,
        Int8OperationsPerSecond = 600e9,
        Kernels = [new("Q4_0", 70e9, 250e9)],
        KernelsOneThread = [new("Q4_0", 35e9, 130e9)],
    };

    [Fact]
    public void Limits_are_kept_and_found_again()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("deep/machine.json");
        Limits.Save(path);
        MachineLimits found = MachineLimits.Load(path, out string reason)!;
        found.InstructionSets.ShouldBe(Limits.InstructionSets);
        found.Kernels.ShouldBe(Limits.Kernels);
        found.KernelsOneThread.ShouldBe(Limits.KernelsOneThread);
        (found with { InstructionSets = Limits.InstructionSets, Kernels = Limits.Kernels, KernelsOneThread = Limits.KernelsOneThread }).ShouldBe(Limits);
        reason.ShouldBeEmpty();
        Directory.GetFiles(Path.GetDirectoryName(path)!).ShouldBe([path]);
    }

    [Theory]
    [InlineData(null, "never been measured")]
    [InlineData("", "cannot be read")]
    [InlineData("null", "holds no limits")]
    [InlineData("{}", "cannot be read")]
    [InlineData("{\"processor\":null}", "cannot be read")]
    public void What_is_not_there_or_broken_is_null_with_the_reason(string? text, string expected)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("machine.json");
        if (text is not null)
        {
            File.WriteAllText(path, text);
        }

        MachineLimits.Load(path, out string reason).ShouldBeNull();
        reason.ShouldContain(expected);
        reason.ShouldContain("bench --machine");
    }

    [Fact]
    public void Limits_from_before_products_were_measured_are_measured_anew()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("machine.json");
        Limits.Save(path);
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"kernels\"", "\"colonels\"", StringComparison.Ordinal));
        MachineLimits.Load(path, out string reason).ShouldBeNull();
        reason.ShouldContain("run bench --machine");
    }

    [Fact]
    public void Limits_of_another_machine_or_not_above_zero_are_refused()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("machine.json");
        (Limits with { Processor = "Abacus" }).Save(path);
        MachineLimits.Load(path, out string other).ShouldBeNull();
        other.ShouldContain("measured on Abacus");
        (Limits with { ReadBytesPerSecond = 0 }).Save(path);
        MachineLimits.Load(path, out string zero).ShouldBeNull();
        zero.ShouldContain("not above zero");
        (Limits with { Kernels = [new("Q4_0", 0, 1)] }).Save(path);
        MachineLimits.Load(path, out zero).ShouldBeNull();
        zero.ShouldContain("not above zero");
    }

    [Fact]
    public void The_description_names_a_processor_and_its_threads()
    {
        MachineDescription.Current.Processor.ShouldNotBeEmpty();
        MachineDescription.Current.ToString().ShouldBe($"{MachineDescription.Current.Processor}, {Environment.ProcessorCount} threads");
    }

    [Fact]
    public void Reads_the_last_level_of_cache()
    {
        using var folder = new TemporaryFolder();
        foreach ((string index, string level, string size) in new[] { ("index0", "1", "32K"), ("index2", "2", "1024K"), ("index3", "3", "32768K") })
        {
            Directory.CreateDirectory(folder.File(index));
            File.WriteAllText(folder.File($"{index}/level"), level + "\n");
            File.WriteAllText(folder.File($"{index}/size"), size + "\n");
        }

        MachineDescription.LastLevelCache(folder.Path).ShouldBe(32 << 20);
        MachineDescription.LastLevelCache(folder.File("gone")).ShouldBeNull();
        File.WriteAllText(folder.File("index3/size"), "lots\n");
        MachineDescription.LastLevelCache(folder.Path).ShouldBeNull();
    }

    [Fact]
    public void Reads_the_processors_name()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("cpuinfo"), "processor\t: 0\nmodel name\t: Abacus 9000\n");
        MachineDescription.ProcessorName(folder.File("cpuinfo")).ShouldBe("Abacus 9000");
        MachineDescription.ProcessorName(folder.File("gone")).ShouldNotBeEmpty();
    }
}
