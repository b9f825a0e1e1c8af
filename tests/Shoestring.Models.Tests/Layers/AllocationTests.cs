using Shoestring.Tensors;

namespace Shoestring.Models.Tests;

/// <summary>Steady steps take no managed memory, and their native memory was planned beforehand.</summary>
public class AllocationTests
{
    public static TheoryData<string> Names => [.. SmallShape.All.Select(s => s.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public Task Steady_steps_allocate_nothing(string shape) => Steady(shape, KvFormat.F32);

    [Theory]
    [InlineData("kivi2")]
    [InlineData("q4_0")]
    [InlineData("short")]
    [InlineData("30 heavy hitters and 40")]
    public Task Nor_do_they_where_caches_are_quantized_or_drop(string cache) =>
        Steady("llama", cache == "short" ? new CacheOptions { Eviction = new StreamingOptions(10) } : SmallCache.All[cache]);

    static async Task Steady(string shape, CacheOptions cache)
    {
        using SmallModel file = new(SmallShape.Find(shape), TensorFormat.Q4_0);
        using LanguageModel model = file.Load();
        using SmallRunner runner = new(model, cache: cache);
        using SequenceState first = runner.State(cache), second = runner.State(cache);
        Fifty(runner, first, second);
        long peak = model.Memory.PeakTotal, allocated = long.MaxValue;
        // Code that is not optimized yet boxes some values: the steps are steady when the runtime has compiled them again.
        for (int attempt = 0; attempt < 50 && allocated > 0; attempt++)
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
            allocated = Fifty(runner, first, second);
        }
        allocated.ShouldBe(0);
        model.Memory.PeakTotal.ShouldBe(peak);
    }

    static long Fifty(SmallRunner runner, SequenceState first, SequenceState second)
    {
        first.RollBack(0);
        second.RollBack(0);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 50; i++)
        {
            Decode(runner, first, second);
        }
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    static void Decode(SmallRunner runner, SequenceState first, SequenceState second)
    {
        runner.Step.Batch.Clear();
        runner.Step.Batch.Add(first, [5]);
        runner.Step.Batch.Add(second, [6]);
        runner.Model.Transformer.Forward(runner.Step);
    }

    [Fact]
    public void A_step_that_is_larger_than_announced_is_refused()
    {
        using SmallModel file = new(SmallShape.Find("llama"), TensorFormat.F16);
        using LanguageModel model = file.Load();
        using SmallRunner runner = new(model);
        using SequenceState state = runner.State();
        runner.Step.Batch.Add(state, new int[SmallRunner.MostRows + 1]);
        Should.Throw<ArgumentOutOfRangeException>(() => runner.Forward());
    }

    [Fact]
    public void More_tokens_than_a_state_holds_are_refused()
    {
        using SmallModel file = new(SmallShape.Find("llama"), TensorFormat.F16);
        using LanguageModel model = file.Load();
        using SmallRunner runner = new(model);
        using SequenceState state = runner.State(capacity: 4);
        Should.Throw<ArgumentException>(() => runner.Step.Batch.Add(state, [1, 2, 3, 4, 5]));
        Should.Throw<ArgumentException>(() => runner.Step.Batch.Add(state, []));
        runner.Continue(state, [1, 2, 3, 4], 4);
        Should.Throw<ArgumentException>(() => runner.Step.Batch.Add(state, [1]));
    }

    [Fact]
    public void Disposing_gives_everything_back()
    {
        using SmallModel file = new(SmallShape.Find("qwen2"), TensorFormat.Q8_0);
        LanguageModel model = file.Load();
        using (SmallRunner runner = new(model, threads: 2))
        {
            runner.Logits([1, 2, 3], 2, KvFormat.F16);
        }
        model.Dispose();
        foreach (MemoryKind kind in Enum.GetValues<MemoryKind>())
        {
            model.Memory.Current(kind).ShouldBe(0, kind.ToString());
        }
    }
}
