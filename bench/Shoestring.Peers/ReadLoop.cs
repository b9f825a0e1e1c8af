using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Shoestring.Peers;

/// <summary>
/// Reads a buffer from end to end and adds it up, by as many threads as the engines use: what memory gives, and so the
/// limit of decoding, which reads every weight once per token.
/// </summary>
sealed class ReadLoop
{
    readonly ulong[] buffer;
    readonly int threads;

    /// <param name="bytes">Size of the buffer: that of the weights it stands for.</param>
    /// <param name="threads">Threads that read, each its own part.</param>
    public ReadLoop(long bytes, int threads)
    {
        buffer = GC.AllocateUninitializedArray<ulong>(checked((int)(bytes / sizeof(ulong))), pinned: true);
        this.threads = threads;
        for (var i = 0; i < buffer.Length; i++)
            buffer[i] = (ulong)i;
        Expected = unchecked((ulong)buffer.Length * (ulong)(buffer.Length - 1L) / 2);
    }

    ulong Expected { get; }

    /// <summary>Reads the whole buffer <paramref name="passes"/> times.</summary>
    /// <returns>Passes per second.</returns>
    /// <exception cref="InvalidOperationException">The sum is wrong: the loop did not read what it claims.</exception>
    public double Run(int passes)
    {
        var sums = new ulong[threads];
        var workers = new Thread[threads];
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < threads; i++)
        {
            var part = i;
            workers[i] = new(() => sums[part] = Read(part, passes));
            workers[i].Start();
        }
        foreach (var worker in workers)
            worker.Join();
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var sum = sums.Aggregate((a, b) => unchecked(a + b));
        return sum == unchecked(Expected * (ulong)passes)
            ? passes / seconds
            : throw new InvalidOperationException($"the buffer's sum is {sum}, not {unchecked(Expected * (ulong)passes)}");
    }

    ulong Read(int part, int passes)
    {
        var begin = (int)((long)buffer.Length * part / threads);
        var end = (int)((long)buffer.Length * (part + 1) / threads);
        var sum = 0UL;
        for (var pass = 0; pass < passes; pass++)
            sum += Sum(buffer.AsSpan(begin, end - begin));
        return sum;
    }

    // Eight independent sums hide the adder's latency behind the loads.
    static ulong Sum(ReadOnlySpan<ulong> values)
    {
        var vectors = MemoryMarshal.Cast<ulong, Vector256<ulong>>(values);
        Vector256<ulong> a = default, b = default, c = default, d = default, e = default, f = default, g = default, h = default;
        var i = 0;
        for (; i <= vectors.Length - 8; i += 8)
        {
            var eight = vectors.Slice(i, 8);
            a += eight[0];
            b += eight[1];
            c += eight[2];
            d += eight[3];
            e += eight[4];
            f += eight[5];
            g += eight[6];
            h += eight[7];
        }
        for (; i < vectors.Length; i++)
            a += vectors[i];
        var sum = Vector256.Sum(a + b + c + d + (e + f + g + h));
        foreach (var value in values[(vectors.Length * Vector256<ulong>.Count)..])
            sum += value;
        return sum;
    }
}
