using Shoestring.Tensors;

namespace Shoestring.Models.Tests;

/// <summary>What the formulas predict from hyperparameters is exactly what the kernels counted and the allocator gave.</summary>
public class CostModelTests
{
    public static TheoryData<string> Names => [.. SmallShape.All.Select(s => s.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Counted_operations_are_the_predicted_ones(string shape)
    {
        using SmallModel file = new(SmallShape.Find(shape), TensorFormat.Q4_0);
        using LanguageModel model = file.Load();
        using SmallRunner runner = new(model, threads: 2);
        Steps(runner, KvFormat.F32);
        foreach (CacheOptions cache in SmallCache.Droppings(shape))
        {
            using SmallRunner other = new(model, threads: 2, cache: cache);
            Steps(other, cache);
        }
    }

    static void Steps(SmallRunner runner, CacheOptions cache)
    {
        using SequenceState one = runner.State(cache), two = runner.State(cache), three = runner.State(cache);
        Run(runner, (one, 100, 1));
        Run(runner, (one, 100, 1));
        Run(runner, (one, 1, 1));
        Run(runner, (two, 5, 0));
        Run(runner, (two, 7, 7));
        Run(runner, (one, 1, 1), (two, 1, 1), (three, 33, 0));
        Run(runner, (three, 1, 1));
    }

    static void Run(SmallRunner runner, params (SequenceState State, int Rows, int Wanted)[] sequences)
    {
        runner.Step.Batch.Clear();
        WorkSpan[] spans = [.. sequences.Select(s => new WorkSpan(s.State.Length, s.Rows))];
        foreach ((SequenceState state, int rows, int wanted) in sequences)
        {
            runner.Step.Batch.Add(state, SmallNumbers.Tokens("costs", rows), wanted);
        }
        WorkCounters counters = runner.Operations.Counters;
        counters.Reset();
        runner.Forward();
        CostModel cost = runner.Model.Cost;
        int wantedRows = sequences.Sum(s => s.Wanted);
        counters.ProductFlops.ShouldBe(cost.ProductFlops(sequences.Sum(s => s.Rows), wantedRows));
        counters.AttentionFlops.ShouldBe(spans.Sum(span => cost.AttentionFlops(span, sequences[0].State.Cache)));
        counters.Flops.ShouldBe(cost.Flops(spans, wantedRows, sequences[0].State.Cache));
        (counters.ProductFlopsOf(TensorFormat.Q4_0) + counters.ProductFlopsOf(TensorFormat.F32)).ShouldBe(counters.ProductFlops);
    }

    // 2 · (256·(256 + 2·64) + 256·256 + 3·256·512) multiply-adds a row in each of two blocks, and 256·320 in the head.
    [Fact]
    public void Operations_of_a_token_are_those_counted_by_hand()
    {
        using SmallModel file = new(SmallShape.Find("llama"), TensorFormat.F32);
        using LanguageModel model = file.Load();
        model.Cost.ProductFlops(1, 1).ShouldBe(2 * 2 * (256 * 384 + 65536 + 393216) + 2 * 256 * 320);
        // Three rows at positions 4, 5 and 6 see 5 + 6 + 7 positions: 4 · 8 heads · 32 channels · 18, in two blocks.
        model.Cost.AttentionFlops(new WorkSpan(4, 3)).ShouldBe(2 * 4 * 8 * 32 * 18);
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(0, 30)]
    [InlineData(8, 1)]
    [InlineData(9, 1)]
    [InlineData(7, 4)]
    [InlineData(100, 3)]
    public void A_window_bounds_what_each_row_sees(int start, int rows)
    {
        using SmallModel file = new(SmallShape.Find("llama-window"), TensorFormat.F32);
        using LanguageModel model = file.Load();
        model.Cost.AttentionFlops(new WorkSpan(start, rows)).ShouldBe(2L * 4 * 8 * 32 * Enumerable.Range(start + 1, rows).Sum(length => Math.Min(length, 9)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Bytes_of_cache_and_activations_are_the_allocated_ones(string shape)
    {
        using SmallModel file = new(SmallShape.Find(shape), TensorFormat.F16);
        using LanguageModel model = file.Load();
        foreach (CacheOptions cache in SmallCache.Droppings(shape))
        {
            foreach (int capacity in new[] { 1, 64, 129, 300, 100_000 })
            {
                using SequenceState state = model.Transformer.CreateState(capacity, cache, model.Memory);
                model.Cost.KvCacheBytes(capacity, cache).ShouldBe(state.Bytes);
            }
        }
        foreach (KvFormat format in Enum.GetValues<KvFormat>())
        {
            foreach (int capacity in new[] { 1, 64, 65, 128, 129, 200, 1000 })
            {
                using SequenceState state = model.Transformer.CreateState(capacity, format, model.Memory);
                model.Cost.KvCacheBytes(capacity, format).ShouldBe(state.Bytes);
                model.Memory.Current(MemoryKind.KvCache).ShouldBe(state.Bytes);
            }
            // Heads of these models are multiples of 16 channels, so a full page holds nothing else.
            model.Cost.KvBytesPerToken(format).ShouldBe((model.Cost.KvCacheBytes(640, format) - model.Cost.KvCacheBytes(320, format)) / 320);
        }
        foreach (CacheOptions? cache in new[] { null, SmallCache.Dropping })
        {
            using StepMemory memory = new(model.Configuration, 37, 5, model.Memory, cache);
            model.Cost.ActivationBytes(37, 5, cache).ShouldBe(memory.Bytes);
            model.Memory.Current(MemoryKind.Activations).ShouldBe(memory.Bytes);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Parameters_are_the_elements_of_the_file(string shape)
    {
        using SmallModel file = new(SmallShape.Find(shape), TensorFormat.F16);
        using LanguageModel model = file.Load();
        using GgufFile gguf = GgufFile.Open(file.Path);
        long vectors = gguf.Tensors.Where(t => t.Shape.Rows == 1).Sum(t => t.Shape.Elements);
        model.Cost.Parameters(vectors).ShouldBe(gguf.Tensors.Sum(t => t.Shape.Elements));
    }

    // Weights are held as the file has them, in groups of 16 rows; vectors as floats.
    [Theory]
    [InlineData("llama", TensorFormat.Q4_K)]
    [InlineData("gpt2", TensorFormat.Q8_0)]
    public void Weights_are_held_once(string shape, TensorFormat format)
    {
        using SmallModel file = new(SmallShape.Find(shape), format);
        using LanguageModel model = file.Load();
        using GgufFile gguf = GgufFile.Open(file.Path);
        model.Memory.Current(MemoryKind.Weights).ShouldBe(gguf.Tensors.Sum(t => t.Bytes));
        model.Memory.Peak(MemoryKind.Weights).ShouldBe(model.Memory.Current(MemoryKind.Weights));
    }
}
