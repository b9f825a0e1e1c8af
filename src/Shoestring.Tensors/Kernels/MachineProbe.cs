using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Shoestring.Tensors;

/// <summary>A rate that was measured several times, per second.</summary>
/// <param name="Median">The middle one: what can be counted on while other programs run.</param>
/// <param name="Best">The largest: what the machine can do.</param>
public readonly record struct ProbeRate(double Median, double Best);

/// <summary>
/// Measures what this machine can do at most, with plain loops over registers and memory: the limits that a kernel's speed is
/// a share of. Each rate takes a fraction of a second.
/// </summary>
public static partial class MachineProbe
{
    /// <summary>Bytes of the buffer that memory is read from: well above any last-level cache share.</summary>
    public const long DefaultBufferBytes = 256L << 20;

    const int LineBytes = 512;

    /// <summary>The instruction sets that the loops here and the kernels choose between, those of this machine.</summary>
    public static IReadOnlyList<string> InstructionSets { get; } =
    [
        .. new (string Name, bool Present)[]
        {
            ("AVX2", Avx2.IsSupported), ("FMA", Fma.IsSupported), ("AVX-VNNI", AvxVnni.IsSupported), ("AVX-512F", Avx512F.IsSupported),
            ("AVX-512BW", Avx512BW.IsSupported), ("NEON", AdvSimd.IsSupported), ("dot product", Dp.IsSupported),
        }.Where(set => set.Present).Select(set => set.Name),
    ];

    /// <summary>Bytes a second that <paramref name="threads"/> threads read from memory, each its own part of one buffer.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No threads, no repeats, or a buffer too small to share out.</exception>
    public static unsafe ProbeRate ReadBytesPerSecond(int threads, int repeats = 5, long bufferBytes = DefaultBufferBytes)
    {
        long part = bufferBytes / Math.Max(1, threads) / LineBytes * LineBytes;
        ArgumentOutOfRangeException.ThrowIfLessThan(part, LineBytes, nameof(bufferBytes));
        byte* buffer = (byte*)NativeMemory.AlignedAlloc((nuint)bufferBytes, LineBytes);
        try
        {
            // Each thread touches its own pages first, so that they exist and lie near it.
            Measure(threads, 1, thread => { NativeMemory.Fill(buffer + (thread * part), (nuint)part, 1); return 0; });
            return Measure(threads, repeats, thread => Read(buffer + (thread * part), part)) * (part * threads);
        }
        finally
        {
            NativeMemory.AlignedFree(buffer);
        }
    }

    /// <summary>Floating-point operations a second of fused multiply-adds on 32-bit floats in registers.</summary>
    public static ProbeRate Float32FlopsPerSecond(int threads, int repeats = 5)
    {
        const int rounds = 20_000_000;
        int lanes = Vector512.IsHardwareAccelerated ? 16 : 8;
        return Measure(threads, repeats, _ => Vector512.IsHardwareAccelerated ? MultiplyAdd512(rounds) : MultiplyAdd256(rounds))
            * (2.0 * rounds * Accumulators * lanes * threads);
    }

    /// <summary>
    /// Operations a second of 8-bit multiply-adds (vpmaddubsw and a 16-bit addition, or Arm's dot product) on operands in the
    /// first-level cache, or null where the machine has neither.
    /// </summary>
    public static ProbeRate? Int8OperationsPerSecond(int threads, int repeats = 5)
    {
        const int rounds = 5_000_000;
        Func<int, long>? loop = Avx512BW.IsSupported ? _ => Int8With512(rounds)
            : Avx2.IsSupported ? _ => Int8With256(rounds)
            : Dp.IsSupported ? _ => Int8WithDotProduct(rounds)
            : null;
        int bytes = Avx512BW.IsSupported ? 64 : Avx2.IsSupported ? 32 : 16;
        return loop is null ? null : Measure(threads, repeats, loop) * (2.0 * rounds * Int8Accumulators * bytes * threads);
    }

    /// <summary>Runs the loop on every thread at once, <paramref name="repeats"/> times; returns passes a second.</summary>
    static Passes Measure(int threads, int repeats, Func<int, long> loop)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(repeats, 1);
        double[] seconds = new double[repeats];
        using var barrier = new Barrier(threads);
        Thread[] others = [.. Enumerable.Range(1, threads - 1).Select(index => new Thread(() => Rounds(index, null)) { IsBackground = true })];
        foreach (Thread other in others)
        {
            other.Start();
        }

        Rounds(0, seconds);
        foreach (Thread other in others)
        {
            other.Join();
        }

        return new Passes(seconds);

        // One pass that is not timed lets the clock of the core rise.
        void Rounds(int index, double[]? into)
        {
            for (int round = -1; round < repeats; round++)
            {
                barrier.SignalAndWait();
                long start = Stopwatch.GetTimestamp();
                Volatile.Write(ref sink, loop(index));
                barrier.SignalAndWait();
                if (into is not null && round >= 0)
                {
                    into[round] = Stopwatch.GetElapsedTime(start).TotalSeconds;
                }
            }
        }
    }

    // What the loops computed goes here, so that no compiler may leave them out.
    static long sink;

    readonly struct Passes(double[] seconds)
    {
        public static ProbeRate operator *(Passes passes, double amount)
        {
            double[] sorted = [.. passes.Seconds.Order()];
            return new ProbeRate(amount / sorted[sorted.Length / 2], amount / sorted[0]);
        }

        double[] Seconds => seconds;
    }
}
