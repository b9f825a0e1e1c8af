using System.Collections.Concurrent;

namespace Shoestring.Survey;

/// <summary>
/// Makes files reach the disk, many at once on threads of its own: a file system with a journal commits them together, and each
/// would wait as long alone. The threads of the pool stay free for the network.
/// </summary>
sealed class DiskFlusher : IDisposable
{
    const int MaxThreads = 32, StackBytes = 256 << 10;

    readonly BlockingCollection<(PartFile File, TaskCompletionSource Done)> waiting = [];
    readonly List<Thread> threads = [];
    int idle;

    /// <summary>Completes when all bytes of a file are on the disk and it is closed.</summary>
    public Task FlushAsync(PartFile file)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (threads)
        {
            if (Volatile.Read(ref idle) <= waiting.Count && threads.Count < MaxThreads)
            {
                var thread = new Thread(Work, StackBytes) { IsBackground = true, Name = "flush" };
                threads.Add(thread);
                thread.Start();
            }
        }

        waiting.Add((file, done));
        return done.Task;
    }

    public void Dispose()
    {
        waiting.CompleteAdding();
        foreach (Thread thread in threads)
        {
            thread.Join();
        }

        waiting.Dispose();
    }

    void Work()
    {
        Interlocked.Increment(ref idle);
        foreach ((PartFile file, TaskCompletionSource done) in waiting.GetConsumingEnumerable())
        {
            Interlocked.Decrement(ref idle);
            try
            {
                file.Flush();
                done.SetResult();
            }
            catch (Exception fault)
            {
                done.SetException(fault);
            }

            Interlocked.Increment(ref idle);
        }
    }
}
