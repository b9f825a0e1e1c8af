namespace Shoestring.Tensors.Tests;

/// <summary>Runs while no other test of the process does, since it looks at the whole process's processor time.</summary>
[CollectionDefinition(nameof(IdlePoolTests), DisableParallelization = true)]
[Collection(nameof(IdlePoolTests))]
public class IdlePoolTests
{
    // No test of speed: one worker that spins would use up to 300 ms of these 300.
    [Fact]
    public async Task An_idle_pool_uses_no_processor_time()
    {
        using WorkerPool pool = new(4);
        Touch work = new();
        pool.Run(work, 100);
        TimeSpan least = TimeSpan.MaxValue;
        // The runtime itself may be compiling: the quietest look counts.
        for (int attempt = 0; attempt < 20 && least.TotalMilliseconds > 20; attempt++)
        {
            TimeSpan before = Environment.CpuUsage.TotalTime;
            await Task.Delay(300, TestContext.Current.CancellationToken);
            TimeSpan used = Environment.CpuUsage.TotalTime - before;
            least = used < least ? used : least;
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{least.TotalMilliseconds:F1} ms of 300");
        least.TotalMilliseconds.ShouldBeLessThan(100);
        pool.Run(work, 100);
        work.Runs.ShouldBe(200);
    }

    sealed class Touch : ChunkedWork
    {
        int runs;

        public int Runs => runs;

        public override void Run(int chunk, int worker) => Interlocked.Increment(ref runs);
    }
}
