using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Shoestring.Tensors;

/// <summary>
/// Threads that share the chunks of one <see cref="ChunkedWork"/> at a time. Waking costs about a microsecond while work
/// follows upon work: workers watch a ticket for a few tens of microseconds before they park, and parked ones use no
/// time at all. Every thread begins with a share of neighbouring chunks, in order, so that what lies ahead of it in memory is
/// its own to ask for; when its share is done it takes chunks from the far end of another's. Chunks are claimed one by one,
/// so a thread that the system takes away delays only the chunk it holds.
/// </summary>
/// <remarks>
/// A share packs (epoch, end, next chunk) into one word. A claim is a compare-and-swap on it, so a worker that wakes late can
/// claim nothing of a later epoch by mistake, and the caller waits for claimed chunks, never for threads. Only one thread
/// may call <see cref="Run"/> at a time.
/// </remarks>
public sealed class WorkerPool : IDisposable
{
    const int CountBits = 20;
    const ulong CountMask = (1UL << CountBits) - 1;
    static readonly long SpinTicks = Stopwatch.Frequency * 60 / 1_000_000;

    readonly Thread[] threads;
    readonly SemaphoreSlim[] wake;
    readonly int[] parked;
    readonly Padded[] shares;
    Padded finished;
    ChunkedWork? work;
    Exception? failure;
    ulong epoch;
    volatile bool stopping;

    /// <summary>Creates a pool of <paramref name="threads"/> threads, the caller's among them.</summary>
    public WorkerPool(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        this.threads = new Thread[threads - 1];
        shares = new Padded[threads];
        wake = new SemaphoreSlim[threads - 1];
        parked = new int[threads - 1];
        for (int i = 0; i < this.threads.Length; i++)
        {
            int worker = i + 1;
            wake[i] = new SemaphoreSlim(0);
            this.threads[i] = new Thread(() => Loop(worker)) { IsBackground = true, Name = $"shoestring-{worker}" };
            this.threads[i].Start();
        }
    }

    /// <summary>Number of threads, the caller's among them.</summary>
    public int Threads => threads.Length + 1;

    /// <summary>Runs chunks 0 … <paramref name="chunks"/>−1 and returns when all are done.</summary>
    /// <exception cref="AggregateException">A chunk failed; the first failure is inside.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(ChunkedWork work, int chunks)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((ulong)(uint)chunks, CountMask, nameof(chunks));
        if (chunks <= 1 || threads.Length == 0)
        {
            RunAlone(work, chunks);
            return;
        }
        Publish(work, chunks);
        Drain(0);
        while (Volatile.Read(ref finished.Value) != (ulong)chunks)
        {
            Thread.SpinWait(1);
        }
        if (failure is { } thrown)
        {
            failure = null;
            throw new AggregateException("a chunk of parallel work failed", thrown);
        }
    }

    static void RunAlone(ChunkedWork work, int chunks)
    {
        try
        {
            for (int chunk = 0; chunk < chunks; chunk++)
            {
                work.Run(chunk, 0);
            }
        }
        catch (Exception e)
        {
            throw new AggregateException("a chunk of parallel work failed", e);
        }
    }

    /// <summary>Where worker <paramref name="worker"/>'s share of <paramref name="chunks"/> chunks begins; the next one's is its end.</summary>
    internal static int ShareStart(int worker, int chunks, int threads) => (int)((long)chunks * worker / threads);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void Publish(ChunkedWork next, int chunks)
    {
        work = next;
        Volatile.Write(ref finished.Value, 0);
        epoch = (epoch + 1) & (ulong.MaxValue >> (2 * CountBits));
        for (int i = 0; i < shares.Length; i++)
        {
            ulong first = (ulong)ShareStart(i, chunks, shares.Length), end = (ulong)ShareStart(i + 1, chunks, shares.Length);
            // A full fence: the share must be visible before the parked flags are read.
            Interlocked.Exchange(ref shares[i].Value, epoch << (2 * CountBits) | end << CountBits | first);
        }
        for (int i = 0; i < parked.Length; i++)
        {
            if (Volatile.Read(ref parked[i]) != 0 && Interlocked.Exchange(ref parked[i], 0) != 0)
            {
                wake[i].Release();
            }
        }
    }

    /// <summary>Claims and runs chunks, its own share first, until none is left; returns whether it ran any.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    bool Drain(int worker)
    {
        bool any = false;
        for (int i = 0; i < shares.Length; i++)
        {
            int owner = worker + i < shares.Length ? worker + i : worker + i - shares.Length;
            while (Claim(ref shares[owner].Value, fromEnd: owner != worker) is var chunk and >= 0)
            {
                any = true;
                try
                {
                    // Read after the claim: until this chunk is reported, the caller cannot publish other work.
                    work!.Run(chunk, worker);
                }
                catch (Exception e)
                {
                    Interlocked.CompareExchange(ref failure, e, null);
                }
                Interlocked.Increment(ref finished.Value);
            }
        }
        return any;
    }

    /// <summary>Takes one chunk out of a share, the owner from its beginning, others from its end; -1 when it is empty.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static int Claim(ref ulong share, bool fromEnd)
    {
        while (true)
        {
            ulong seen = Volatile.Read(ref share);
            ulong next = seen & CountMask, end = seen >> CountBits & CountMask;
            if (next >= end)
            {
                return -1;
            }
            if (Interlocked.CompareExchange(ref share, fromEnd ? seen - (1UL << CountBits) : seen + 1, seen) == seen)
            {
                return (int)(fromEnd ? end - 1 : next);
            }
        }
    }

    void Loop(int worker)
    {
        while (!stopping)
        {
            if (!Drain(worker) && !SpinForWork())
            {
                Park(worker - 1);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    bool SpinForWork()
    {
        long deadline = Stopwatch.GetTimestamp() + SpinTicks;
        do
        {
            for (int i = 0; i < 16; i++)
            {
                if (HasWork() || stopping)
                {
                    return true;
                }
                Thread.SpinWait(1);
            }
        }
        while (Stopwatch.GetTimestamp() < deadline);
        return false;
    }

    bool HasWork()
    {
        for (int i = 0; i < shares.Length; i++)
        {
            ulong seen = Volatile.Read(ref shares[i].Value);
            if ((seen & CountMask) < (seen >> CountBits & CountMask))
            {
                return true;
            }
        }
        return false;
    }

    void Park(int index)
    {
        Interlocked.Exchange(ref parked[index], 1);
        if (HasWork() || stopping)
        {
            // Whoever clears the flag owns the wake-up: if the caller was faster, its release must be consumed.
            if (Interlocked.Exchange(ref parked[index], 0) == 0)
            {
                wake[index].Wait();
            }
            return;
        }
        wake[index].Wait();
    }

    /// <summary>Stops the threads and waits for them.</summary>
    public void Dispose()
    {
        stopping = true;
        for (int i = 0; i < threads.Length; i++)
        {
            if (Interlocked.Exchange(ref parked[i], 0) != 0)
            {
                wake[i].Release();
            }
            threads[i].Join();
            wake[i].Dispose();
        }
    }

    /// <summary>A counter on cache lines of its own, so that claiming does not disturb neighbours.</summary>
    [System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Explicit, Size = 256)]
    struct Padded
    {
        [System.Runtime.InteropServices.FieldOffset(128)]
        public ulong Value;
    }
}
