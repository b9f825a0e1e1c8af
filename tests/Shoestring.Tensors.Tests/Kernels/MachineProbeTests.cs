using System.Runtime.Intrinsics.X86;

namespace Shoestring.Tensors.Tests;

public class MachineProbeTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Rates_are_of_a_size_that_a_machine_has(int threads)
    {
        ProbeRate read = MachineProbe.ReadBytesPerSecond(threads, repeats: 2, bufferBytes: 32 << 20);
        ProbeRate multiplyAdd = MachineProbe.Float32FlopsPerSecond(threads, repeats: 2);
        ProbeRate? int8 = MachineProbe.Int8OperationsPerSecond(threads, repeats: 2);

        // From a slow, busy core to beyond any that exists: a loop that was compiled away would be outside.
        read.Median.ShouldBeInRange(0.1e9, 1000e9 * threads);
        multiplyAdd.Median.ShouldBeInRange(0.1e9, 1000e9 * threads);
        read.Best.ShouldBeGreaterThanOrEqualTo(read.Median);
        multiplyAdd.Best.ShouldBeGreaterThanOrEqualTo(multiplyAdd.Median);
        (int8 is not null || !Avx2.IsSupported).ShouldBeTrue();
        int8?.Median.ShouldBeInRange(0.1e9, 4000e9 * threads);
    }

    [Fact]
    public void Refuses_no_threads_no_repeats_and_a_buffer_that_cannot_be_shared_out()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => MachineProbe.ReadBytesPerSecond(0, 1, 1 << 20));
        Should.Throw<ArgumentOutOfRangeException>(() => MachineProbe.Float32FlopsPerSecond(1, 0));
        Should.Throw<ArgumentOutOfRangeException>(() => MachineProbe.ReadBytesPerSecond(4, 1, 1024));
    }

    [Fact]
    public void Names_the_instruction_sets_that_are_there() =>
        MachineProbe.InstructionSets.Contains("AVX2").ShouldBe(Avx2.IsSupported);
}
