namespace Shoestring.Tensors.Tests;

public class WorkerPoolTests
{
    [Theory]
    [InlineData(1, 5)]
    [InlineData(2, 0)]
    [InlineData(2, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 1000)]
    [InlineData(8, 17)]
    public void Every_chunk_is_run_once(int threads, int chunks)
    {
        using WorkerPool pool = new(threads);
        Counting work = new(chunks);
        for (int repeat = 1; repeat <= 20; repeat++)
        {
            pool.Run(work, chunks);
            work.Runs.ShouldAllBe(runs => runs == repeat);
        }
        pool.Threads.ShouldBe(threads);
        work.Workers.ShouldAllBe(worker => worker >= 0 && worker < threads);
    }

    // Late wakers of one epoch meet the next: a chunk that is lost, run twice or run for the wrong work shows in the sums.
    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void A_hundred_thousand_small_runs_lose_nothing(int threads)
    {
        const int epochs = 100_000;
        using WorkerPool pool = new(threads);
        Counting[] works = [new(2), new(3), new(7)];
        for (int epoch = 0; epoch < epochs; epoch++)
        {
            Counting work = works[epoch % works.Length];
            pool.Run(work, work.Runs.Length);
            work.Runs[epoch % work.Runs.Length].ShouldBe(epoch / works.Length + 1);
        }
        for (int w = 0; w < works.Length; w++)
        {
            works[w].Runs.ShouldAllBe(runs => runs == (epochs - w + works.Length - 1) / works.Length);
        }
    }

    // Neighbouring chunks are neighbouring memory: each thread begins at its own share and goes upwards.
    [Theory]
    [InlineData(2, 10)]
    [InlineData(3, 17)]
    [InlineData(8, 5)]
    public void Shares_are_whole_and_follow_each_other(int threads, int chunks)
    {
        WorkerPool.ShareStart(0, chunks, threads).ShouldBe(0);
        WorkerPool.ShareStart(threads, chunks, threads).ShouldBe(chunks);
        for (int worker = 0; worker < threads; worker++)
        {
            int size = WorkerPool.ShareStart(worker + 1, chunks, threads) - WorkerPool.ShareStart(worker, chunks, threads);
            size.ShouldBeInRange(chunks / threads, chunks / threads + 1);
        }
    }

    [Fact]
    public void What_workers_wrote_is_seen_when_the_run_returns()
    {
        using WorkerPool pool = new(4);
        Squares work = new();
        for (int repeat = 0; repeat < 2000; repeat++)
        {
            work.Offset = repeat;
            pool.Run(work, work.Values.Length);
            for (int i = 0; i < work.Values.Length; i++)
            {
                work.Values[i].ShouldBe((long)i * i + repeat);
            }
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void A_failure_reaches_the_caller_after_all_chunks_and_the_pool_goes_on(int threads)
    {
        using WorkerPool pool = new(threads);
        Counting good = new(50);
        for (int repeat = 0; repeat < 200; repeat++)
        {
            Failing bad = new(50, 13);
            AggregateException thrown = Should.Throw<AggregateException>(() => pool.Run(bad, 50));
            thrown.InnerException.ShouldBeOfType<InvalidDataException>().Message.ShouldBe("chunk 13");
            bad.Runs.ShouldBe(50);
            pool.Run(good, 50);
        }
        good.Runs.ShouldAllBe(runs => runs == 200);
    }

    [Fact]
    public void Disposing_ends_the_threads()
    {
        WorkerPool pool = new(3);
        Counting work = new(64);
        pool.Run(work, 64);
        pool.Dispose();
        pool.Dispose();
        work.Runs.ShouldAllBe(runs => runs == 1);
    }

    [Fact]
    public void Impossible_sizes_are_refused()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => new WorkerPool(0));
        using WorkerPool pool = new(2);
        Should.Throw<ArgumentOutOfRangeException>(() => pool.Run(new Counting(1), 1 << 20));
        Should.Throw<ArgumentOutOfRangeException>(() => pool.Run(new Counting(1), -1));
    }

    sealed class Counting(int chunks) : ChunkedWork
    {
        public int[] Runs { get; } = new int[chunks];

        public int[] Workers { get; } = new int[chunks];

        public override void Run(int chunk, int worker)
        {
            Interlocked.Increment(ref Runs[chunk]);
            Workers[chunk] = worker;
        }
    }

    sealed class Squares : ChunkedWork
    {
        public long[] Values { get; } = new long[40];

        public int Offset { get; set; }

        public override void Run(int chunk, int worker) => Values[chunk] = (long)chunk * chunk + Offset;
    }

    sealed class Failing(int chunks, int bad) : ChunkedWork
    {
        int runs;

        public int Runs => runs;

        public override void Run(int chunk, int worker)
        {
            Interlocked.Increment(ref runs);
            if (chunk == bad)
            {
                throw new InvalidDataException($"chunk {chunk}");
            }
            chunks.ShouldBeGreaterThan(chunk);
        }
    }
}
